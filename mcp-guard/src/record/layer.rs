//! The layer that records the decisions on requests.

use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures::FutureExt as _;
use futures::future::{BoxFuture, Either, Map};
use http::{Extensions, HeaderMap, Method};
use tower::{Layer, Service};

use super::draft::Draft;
use super::recorder::Recorder;
use crate::limit::ConnectionClient;
use crate::metrics;
use crate::rule::Rule;
use crate::take_ready::take_ready;

/// Begins the record of each request, and completes it with the status of the response. Without a recorder it only counts
/// the decision, or does nothing.
#[derive(Clone, Debug)]
pub(crate) struct RecordLayer {
    recorder: Option<Arc<Recorder>>,
}

impl RecordLayer {
    pub(crate) const fn new(recorder: Option<Arc<Recorder>>) -> Self {
        Self { recorder }
    }
}

impl<S> Layer<S> for RecordLayer {
    type Service = RecordService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RecordService { inner, recorder: self.recorder.clone() }
    }
}

/// The service that records decisions, part of a [`RouteLayer`](crate::layer::RouteLayer).
#[derive(Clone, Debug)]
pub struct RecordService<S> {
    inner: S,
    recorder: Option<Arc<Recorder>>,
}

/// The recorder of a request. Several layers of one guard can be on a route.
#[derive(Clone, Debug)]
struct RecordedBy(Option<Arc<Recorder>>);

impl RecordedBy {
    fn is(&self, other: Option<&Arc<Recorder>>) -> bool {
        self.0.as_ref().map(Arc::as_ptr) == other.map(Arc::as_ptr)
    }
}

/// The rule that refused a request before its caller was known. Stored in the extensions of the response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RefusedBy(pub(crate) Rule);

type Answered<S> = Result<<S as Service<Request>>::Response, <S as Service<Request>>::Error>;
/// The future of a request that is not recorded.
type Unrecorded<S> =
    Map<<S as Service<Request>>::Future, fn(Answered<S>) -> Result<Response, <S as Service<Request>>::Error>>;

impl<S> Service<Request> for RecordService<S>
where
    S: Service<Request> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Either<Unrecorded<S>, BoxFuture<'static, Result<Response, S::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let mut inner = take_ready(&mut self.inner);
        let records = self.recorder.is_some() || metrics::are_enabled();
        let recorder = self.recorder.as_ref();
        if !records || request.extensions().get::<RecordedBy>().is_some_and(|by| by.is(recorder)) {
            return Either::Left(inner.call(request).map(|response| response.map(IntoResponse::into_response)));
        }
        let draft = begin(recorder, request.headers(), request.extensions());
        if request.method() == Method::OPTIONS {
            draft.may_be_preflight();
        }
        request.extensions_mut().insert(Arc::clone(&draft));
        request.extensions_mut().insert(RecordedBy(recorder.cloned()));
        Either::Right(Box::pin(async move {
            let mut response = inner.call(request).await?.into_response();
            if let Some(RefusedBy(rule)) = response.extensions_mut().remove() {
                draft.refuse(rule);
            }
            draft.status(response.status());
            Ok(response)
        }))
    }
}

fn begin(recorder: Option<&Arc<Recorder>>, headers: &HeaderMap, extensions: &Extensions) -> Arc<Draft> {
    let client = ConnectionClient::of(extensions);
    let (address, is_proxied) = client.map_or((None, false), |client| (client.address, client.is_proxied));
    Draft::begin(recorder, headers, address, is_proxied)
}
