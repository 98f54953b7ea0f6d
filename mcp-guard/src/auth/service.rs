//! Deciding who is calling.

use std::sync::Arc;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;

use axum::extract::Request;
use axum::response::IntoResponse;
use axum::response::Response;
use futures::future::BoxFuture;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use http::header::CACHE_CONTROL;
use http::header::VARY;
use tower::Service;

use super::config::AuthConfig;
use super::credentials::Credentials;
use crate::answer;
use crate::caller::Caller;
use crate::token::TokenError;
use crate::token::ValidatedToken;

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

/// Why a request goes no further.
enum Refused {
    NoToken,
    Malformed,
    InvalidToken,
    Unavailable(Duration),
}

impl AuthConfig {
    /// Who presents these credentials.
    async fn identify(&self, credentials: Credentials) -> Result<Option<ValidatedToken>, Refused> {
        let token = match credentials {
            Credentials::Token(token) => token,
            Credentials::Absent if self.policy.allows_anonymous() => return Ok(None),
            Credentials::Absent => return Err(Refused::NoToken),
            Credentials::Malformed => return Err(Refused::Malformed),
        };
        match self.validator.validate(&token).await {
            Ok(token) => Ok(Some(token)),
            Err(TokenError::Unavailable { retry_after }) => Err(Refused::Unavailable(retry_after)),
            Err(TokenError::Invalid(reason)) => {
                tracing::debug!(%reason, "an access token was refused");
                Err(Refused::InvalidToken)
            }
        }
    }

    async fn answer(&self, refused: Refused, request: Request) -> Response {
        match refused {
            Refused::NoToken => {
                let described = self.describe(request).await;
                self.challenger.authenticate(&described.id, &described.needed)
            }
            Refused::InvalidToken => {
                let described = self.describe(request).await;
                self.challenger.invalid_token(&described.id, &described.needed)
            }
            Refused::Malformed => self.challenger.invalid_request(self.policy.baseline()),
            Refused::Unavailable(retry_after) => {
                tracing::warn!("an access token cannot be validated: the authorization server does not answer");
                answer::unavailable(retry_after)
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

    fn call(&mut self, mut request: Request) -> Self::Future {
        // The service that was polled ready goes into the future; its clone stays behind.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let config = Arc::clone(&self.config);
        Box::pin(async move {
            let caller = match config.identify(Credentials::of(request.headers())).await {
                Ok(token) => Caller::new(token, Arc::clone(&config.policy), config.challenger.clone()),
                Err(refused) => return Ok(config.answer(refused, request).await),
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
