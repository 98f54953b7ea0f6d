//! The layer that records the decisions on requests.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::{ConnectInfo, Request};
use axum::response::{IntoResponse, Response};
use futures::FutureExt as _;
use futures::future::{BoxFuture, Either, Map};
use http::{Extensions, HeaderMap, Method};
use tower::{Layer, Service};

use super::draft::Draft;
use super::recorder::Recorder;
use crate::metrics;
use crate::rule::Rule;
use crate::take_ready::take_ready;

/// Begins the record of each request, and completes it with the status of the response. Without a recorder it only counts
/// the decision, or does nothing. CORS preflights are not recorded.
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

/// The client of a request, as the server's connection sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    pub(crate) address: Option<IpAddr>,
    /// Whether a trusted proxy passed the request on.
    pub(crate) is_proxied: bool,
}

/// Marks a request that is recorded. Several layers of one guard can be on a route.
#[derive(Clone, Copy, Debug)]
struct IsRecorded;

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
        let is_recorded = |request: &Request| {
            request.method() != Method::OPTIONS && request.extensions().get::<IsRecorded>().is_none()
        };
        if !(self.recorder.is_some() || metrics::are_enabled()) || !is_recorded(&request) {
            return Either::Left(inner.call(request).map(|response| response.map(IntoResponse::into_response)));
        }
        let draft = begin(self.recorder.as_ref(), request.headers(), request.extensions());
        request.extensions_mut().insert(Arc::clone(&draft));
        request.extensions_mut().insert(IsRecorded);
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
    let peer = || Some(extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip());
    // An application may serve the router itself.
    let Client { address, is_proxied } =
        extensions.get::<Client>().copied().unwrap_or_else(|| Client { address: peer(), is_proxied: false });
    Draft::begin(recorder, headers, address, is_proxied)
}
