//! rmcp's streamable HTTP service behind the layers.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::Context;
use std::task::Poll;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use futures::future::BoxFuture;
use rmcp::ServerHandler;
use rmcp::transport::streamable_http_server::StreamableHttpServerConfig;
use rmcp::transport::streamable_http_server::StreamableHttpService;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use tower::Service;

/// Makes the handler of a request or a session.
type Factory<S> = Arc<dyn Fn() -> Result<S, std::io::Error> + Send + Sync>;

/// rmcp, shared: its own `Service` clones its whole configuration several times for each request.
pub(super) struct Endpoint<S>(Arc<StreamableHttpService<S, LocalSessionManager>>);

impl<S: ServerHandler + Send + 'static> Endpoint<S> {
    pub(super) fn new(
        factory: Factory<S>,
        sessions: Arc<LocalSessionManager>,
        config: StreamableHttpServerConfig,
    ) -> Self {
        // The layers in front have checked both before anything else was done; rmcp would parse its lists anew for each request.
        let config = config.disable_allowed_hosts().disable_allowed_origins();
        Self(Arc::new(StreamableHttpService::new(move || factory(), sessions, config)))
    }
}

impl<S> Clone for Endpoint<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: ServerHandler + Send + 'static> Service<Request> for Endpoint<S> {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let rmcp = Arc::clone(&self.0);
        Box::pin(async move { Ok(rmcp.handle(request).await.map(Body::new)) })
    }
}
