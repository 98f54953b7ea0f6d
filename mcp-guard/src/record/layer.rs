//! The layer that records the decisions on requests.

use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{Extensions, Method};
use tower::{Layer, Service};

use super::draft::Draft;
use super::recorder::Recorder;
use crate::rule::Rule;
use crate::take_ready::take_ready;

/// Begins the record of each request, and completes it with the status of the response. Without a recorder it does
/// nothing. CORS preflights are not recorded.
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

/// The service created by [`RecordLayer`].
#[derive(Clone, Debug)]
pub(crate) struct RecordService<S> {
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

/// The rule that refused a request before its caller was known. Stored in the extensions of the response.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RefusedBy(pub(crate) Rule);

impl<S> Service<Request> for RecordService<S>
where
    S: Service<Request> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
{
    type Response = Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let mut inner = take_ready(&mut self.inner);
        let recorder = self.recorder.as_ref().filter(|_| request.method() != Method::OPTIONS);
        let Some(recorder) = recorder else {
            return inner.call(request).map(|response| response.map(IntoResponse::into_response)).boxed();
        };
        let draft = begin(recorder, request.headers(), request.extensions());
        request.extensions_mut().insert(Arc::clone(&draft));
        Box::pin(async move {
            let mut response = inner.call(request).await?.into_response();
            if let Some(RefusedBy(rule)) = response.extensions_mut().remove() {
                draft.refuse(rule);
            }
            draft.status(response.status());
            Ok(response)
        })
    }
}

fn begin(recorder: &Arc<Recorder>, headers: &http::HeaderMap, extensions: &Extensions) -> Arc<Draft> {
    let client = extensions.get::<Client>();
    Draft::begin(
        recorder,
        headers,
        client.and_then(|client| client.address),
        client.is_some_and(|client| client.is_proxied),
    )
}
