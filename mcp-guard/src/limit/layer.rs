//! The layer that limits the requests to public routes.

use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures::FutureExt as _;
use futures::future::{BoxFuture, Either, Ready, ready};
use http::header::ACCESS_CONTROL_ALLOW_ORIGIN;
use http::{HeaderValue, StatusCode};
use tower::{Layer, Service};

use super::address_limits::AddressLimits;
use super::client_address::ConnectionClient;

/// Limits the requests of each client address to routes that need no token.
#[derive(Clone, Debug)]
pub(crate) struct AddressLimitLayer(Arc<AddressLimits>);

impl AddressLimitLayer {
    pub(crate) const fn new(limits: Arc<AddressLimits>) -> Self {
        Self(limits)
    }
}

impl<S> Layer<S> for AddressLimitLayer {
    type Service = AddressLimitService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        AddressLimitService { inner, limits: Arc::clone(&self.0) }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct AddressLimitService<S> {
    inner: S,
    limits: Arc<AddressLimits>,
}

impl<S> Service<Request> for AddressLimitService<S>
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

    fn call(&mut self, request: Request) -> Self::Future {
        let client = ConnectionClient::of(request.extensions());
        let counted = match client.and_then(|client| client.limited_address()) {
            Some(address) => self.limits.count_without_token(address),
            None => Ok(()),
        };
        match counted {
            Ok(()) => {
                let answered = self.inner.call(request);
                Either::Right(answered.map(|response| response.map(IntoResponse::into_response)).boxed())
            }
            Err(exceeded) => {
                exceeded.rule().log();
                let mut response = (StatusCode::TOO_MANY_REQUESTS, exceeded.to_string()).into_response();
                exceeded.write(response.headers_mut());
                // The routes are public, so pages of every origin may read why they are refused.
                response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
                Either::Left(ready(Ok(response)))
            }
        }
    }
}
