//! Adds the client of a request, where the application accepts the connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::{ConnectInfo, Request};
use axum::response::{IntoResponse, Response};
use futures::FutureExt as _;
use futures::future::{BoxFuture, Either, Ready, ready};
use tower::{Layer, Service};

use super::serve::{RequestRefusal, TrustedProxies, client_of};
use crate::limit::ConnectionClient;

/// Adds the [`ConnectionClient`] of a request from the address of its peer, which axum reports as [`ConnectInfo`]. The
/// server's own connections have added it.
#[derive(Clone, Debug)]
pub(super) struct ClientLayer(Arc<TrustedProxies>);

impl ClientLayer {
    pub(super) fn new(proxies: TrustedProxies) -> Self {
        Self(Arc::new(proxies))
    }

    fn add(&self, request: &mut Request) -> Result<(), RequestRefusal> {
        if request.extensions().get::<ConnectionClient>().is_some() {
            return Ok(());
        }
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        if let Some(peer) = peer {
            let client = client_of(peer, request.headers(), &self.0)?;
            request.extensions_mut().insert(client);
        }
        Ok(())
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = ClientService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ClientService { inner, layer: self.clone() }
    }
}

/// The service that adds the client of a request, part of a [`RouteLayer`](crate::layer::RouteLayer).
#[derive(Clone)]
pub struct ClientService<S> {
    inner: S,
    layer: ClientLayer,
}

opaque_debug!(ClientService<S>);

impl<S> Service<Request> for ClientService<S>
where
    S: Service<Request>,
    S::Response: IntoResponse,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Either<Ready<Result<Response, S::Error>>, BoxFuture<'static, Result<Response, S::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        match self.layer.add(&mut request) {
            Ok(()) => {
                let answered = self.inner.call(request);
                Either::Right(answered.map(|response| response.map(IntoResponse::into_response)).boxed())
            }
            Err(refusal) => Either::Left(ready(Ok(refusal.response()))),
        }
    }
}
