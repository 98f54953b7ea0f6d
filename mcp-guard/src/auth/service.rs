//! Deciding who is calling.

use std::sync::Arc;
use std::task::Context;
use std::task::Poll;

use axum::extract::Request;
use axum::response::IntoResponse;
use axum::response::Response;
use futures::future::BoxFuture;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use http::header::CACHE_CONTROL;
use http::header::VARY;
use tower::Service;

use super::credentials::Credentials;
use super::layer::AuthConfig;
use crate::answer;
use crate::caller::Caller;
use crate::token::TokenError;

/// The service that [`AuthLayer`](crate::AuthLayer) makes.
#[derive(Clone)]
pub struct AuthService<S> {
    inner: S,
    config: Arc<AuthConfig>,
}

impl<S> AuthService<S> {
    pub(super) const fn new(inner: S, config: Arc<AuthConfig>) -> Self {
        Self { inner, config }
    }
}

impl AuthConfig {
    /// Who is calling, or the answer that refuses them.
    async fn identify(&self, request: Request) -> Result<(Request, Caller), Response> {
        let token = match Credentials::of(request.headers()) {
            Credentials::Token(token) => token,
            Credentials::Absent if self.policy.allows_anonymous() => {
                return Ok((request, Caller::anonymous(Arc::clone(&self.policy))));
            }
            Credentials::Absent => {
                let described = self.describe(request).await;
                return Err(self.challenger.authenticate(&described.id, &described.needed));
            }
            Credentials::Malformed => return Err(self.challenger.invalid_request(self.policy.baseline())),
        };
        match self.validator.validate(&token).await {
            Ok(token) => Ok((request, Caller::authenticated(token, Arc::clone(&self.policy)))),
            Err(TokenError::Unavailable { retry_after }) => {
                tracing::warn!("an access token cannot be validated: the authorization server does not answer");
                Err(answer::unavailable(retry_after))
            }
            Err(TokenError::Invalid(reason)) => {
                tracing::debug!(%reason, "an access token was refused");
                let described = self.describe(request).await;
                Err(self.challenger.invalid_token(&described.id, &described.needed))
            }
        }
    }
}

impl<S> Service<Request> for AuthService<S>
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

    fn call(&mut self, request: Request) -> Self::Future {
        // The service that was polled ready goes into the future; its clone stays behind.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let config = Arc::clone(&self.config);
        Box::pin(async move {
            let (mut request, caller) = match config.identify(request).await {
                Ok(identified) => identified,
                Err(refusal) => return Ok(refusal),
            };
            request.headers_mut().remove(AUTHORIZATION);
            request.extensions_mut().insert(caller);
            let mut response = inner.call(request).await?.into_response();
            let headers = response.headers_mut();
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers.append(VARY, HeaderValue::from_static("authorization"));
            Ok(response)
        })
    }
}

impl<S> std::fmt::Debug for AuthService<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AuthService")
    }
}
