//! The streamable HTTP service of rmcp, which the layers protect.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Map};
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tower::Service;

use super::sessions::CountedSessions;

/// Creates the handler of a request or of a session.
type Factory<S> = Arc<dyn Fn() -> Result<S, std::io::Error> + Send + Sync>;
type Serve = dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync;

/// A shared rmcp service. The `Service` of rmcp clones its whole configuration several times for each request.
///
/// The type of the server is erased, so the layers are compiled once with this crate, not again in every crate that
/// uses it.
#[derive(Clone)]
pub(super) struct Endpoint(Arc<Serve>);

impl Endpoint {
    pub(super) fn new<S: ServerHandler + Send + 'static>(
        factory: Factory<S>,
        sessions: Arc<CountedSessions>,
        config: StreamableHttpServerConfig,
    ) -> Self {
        // `HostLayer` has checked both. rmcp would parse its lists again for each request.
        let config = config.disable_allowed_hosts().disable_allowed_origins();
        let rmcp = Arc::new(StreamableHttpService::new(move || factory(), sessions, config));
        Self(Arc::new(move |request| {
            let rmcp = Arc::clone(&rmcp);
            Box::pin(async move { rmcp.handle(request).await.map(Body::new) })
        }))
    }
}

impl Service<Request> for Endpoint {
    type Response = Response;
    type Error = Infallible;
    type Future = Map<BoxFuture<'static, Response>, fn(Response) -> Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        (self.0)(request).map(Ok)
    }
}
