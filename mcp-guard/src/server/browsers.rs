//! CORS for browsers. Only requests that a browser sends for a page have an `Origin` header.

use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use futures::future::Either;
use http::header::ORIGIN;
use tower::{Layer, Service};
use tower_http::cors::{Cors, CorsLayer};

/// A layer that applies CORS to requests with an `Origin` header. Other requests bypass it.
#[derive(Clone, Debug)]
pub(super) struct BrowserLayer(Arc<CorsLayer>);

impl BrowserLayer {
    pub(super) fn new(cors: CorsLayer) -> Self {
        Self(Arc::new(cors))
    }
}

impl<S> Layer<S> for BrowserLayer {
    type Service = BrowserService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        BrowserService { inner, cors: Arc::clone(&self.0) }
    }
}

#[derive(Clone, Debug)]
pub(super) struct BrowserService<S> {
    inner: S,
    cors: Arc<CorsLayer>,
}

impl<S> Service<Request> for BrowserService<S>
where
    S: Service<Request, Response = Response> + Clone,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Either<S::Future, <Cors<S> as Service<http::Request<Body>>>::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if !request.headers().contains_key(ORIGIN) {
            return Either::Left(self.inner.call(request));
        }
        // The service that was polled ready must be the one that is called. The clone replaces it.
        let clone = self.inner.clone();
        let ready = std::mem::replace(&mut self.inner, clone);
        Either::Right(self.cors.layer(ready).call(request))
    }
}
