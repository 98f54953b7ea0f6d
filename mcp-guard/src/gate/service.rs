//! Deciding what a caller may call.

use std::sync::Arc;
use std::task::Context;
use std::task::Poll;

use axum::body::Body;
use axum::extract::Request;
use axum::response::IntoResponse;
use axum::response::Response;
use futures::future::BoxFuture;
use http::HeaderValue;
use http::Method;
use http::StatusCode;
use tower::Service;

use super::headers;
use super::headers::SESSION_ID;
use super::layer::GateConfig;
use super::layer::Unreadable;
use super::message::Message;
use super::operation::Guard;
use crate::answer;
use crate::answer::RequestId;
use crate::caller::Caller;
use crate::policy::Decision;
use crate::requirement::Requirement;
use crate::token::Principal;
use crate::token::ValidatedToken;

/// The service that [`GateLayer`](crate::GateLayer) makes.
#[derive(Clone, Debug)]
pub struct GateService<S> {
    inner: S,
    config: Arc<GateConfig>,
}

impl<S> GateService<S> {
    pub(super) const fn new(inner: S, config: Arc<GateConfig>) -> Self {
        Self { inner, config }
    }
}

/// `-32020`, "HeaderMismatch" (MCP, "Server Validation").
const HEADER_MISMATCH: i32 = -32020;
const INVALID_REQUEST: i32 = -32600;
const METHOD_NOT_FOUND: i32 = -32601;
const INVALID_PARAMS: i32 = -32602;

impl GateConfig {
    /// The request to hand on, or the answer that refuses it.
    async fn judge(&self, request: Request, caller: &Caller) -> Result<Request, Response> {
        let mut request = self.open_session(request, caller)?;
        if request.method() != Method::POST {
            // GET and DELETE are about a session: whoever may open one may use it and close it.
            self.decide(caller, &Requirement::Public, || None)?;
            return Ok(request);
        }
        let body = std::mem::take(request.body_mut());
        let body = self.read(body).await.map_err(|unreadable| match unreadable {
            Unreadable::TooLarge => {
                let message = format!("The body is larger than {} bytes", self.max_body);
                answer::error(StatusCode::PAYLOAD_TOO_LARGE, &None, INVALID_REQUEST, &message)
            }
            Unreadable::Broken => {
                answer::error(StatusCode::BAD_REQUEST, &None, INVALID_REQUEST, "The body ended before it was complete")
            }
        })?;
        self.judge_message(request.headers(), &body, caller)?;
        *request.body_mut() = Body::from(body);
        Ok(request)
    }

    fn judge_message(&self, headers: &http::HeaderMap, body: &[u8], caller: &Caller) -> Result<(), Response> {
        let message = Message::parse(body)
            .map_err(|error| answer::error(StatusCode::BAD_REQUEST, &None, error.code(), &error.to_string()))?;
        let id = || message.id();
        let stateless = headers::is_stateless_revision(headers);
        if stateless {
            headers::agree(headers, &message)
                .map_err(|reason| answer::error(StatusCode::BAD_REQUEST, &id(), HEADER_MISMATCH, reason))?;
        }
        match self.operations.guard(&message) {
            Guard::Requires(requirement) => self.decide(caller, requirement, id),
            Guard::NoSubject => {
                self.decide(caller, &Requirement::Authenticated, id)?;
                let message = "The params do not say which tool, prompt, resource or task the request is about";
                Err(answer::error(StatusCode::BAD_REQUEST, &id(), INVALID_PARAMS, message))
            }
            Guard::UnknownMethod => {
                self.decide(caller, &Requirement::Authenticated, id)?;
                // Before 2026-07-28 a 404 meant that the session is gone, so legacy clients get the error alone.
                let status = match (&message, stateless) {
                    (Message::Request { .. }, true) => StatusCode::NOT_FOUND,
                    (Message::Request { .. }, false) => StatusCode::OK,
                    _ => StatusCode::BAD_REQUEST,
                };
                Err(answer::error(status, &id(), METHOD_NOT_FOUND, "This server does not know the method"))
            }
        }
    }

    fn decide(&self, caller: &Caller, requirement: &Requirement, id: impl Fn() -> RequestId) -> Result<(), Response> {
        match caller.decide(requirement) {
            Decision::Allow => Ok(()),
            Decision::Authenticate { needed } => Err(self.challenger.authenticate(&id(), &needed)),
            Decision::Forbid { needed } => Err(self.challenger.insufficient_scope(&id(), &needed)),
        }
    }

    /// Replaces the session id by rmcp's own. Somebody else's session answers like one that does not exist.
    fn open_session(&self, mut request: Request, caller: &Caller) -> Result<Request, Response> {
        let mut values = request.headers().get_all(SESSION_ID).iter();
        let Some(sealed) = values.next() else { return Ok(request) };
        let id = match (sealed.to_str(), values.next()) {
            (Ok(sealed), None) => self.sessions.open(sealed, owner(caller)),
            _ => None,
        };
        match id.map(HeaderValue::from_str) {
            Some(Ok(id)) => {
                request.headers_mut().insert(SESSION_ID, id);
                Ok(request)
            }
            // Sessions are gone since 2026-07-28: the header means nothing there (MCP, "Earlier Protocol Revisions").
            None if headers::is_stateless_revision(request.headers()) => {
                request.headers_mut().remove(SESSION_ID);
                Ok(request)
            }
            _ => Err(answer::error(StatusCode::NOT_FOUND, &None, INVALID_REQUEST, "Session not found")),
        }
    }

    /// Seals the id of a session that rmcp just opened.
    fn seal_session(&self, response: &mut Response, caller: &Caller) {
        let Some(id) = response.headers().get(SESSION_ID).and_then(|id| id.to_str().ok()) else { return };
        let sealed = self.sessions.seal(id, owner(caller));
        match HeaderValue::from_str(&sealed) {
            Ok(sealed) => response.headers_mut().insert(SESSION_ID, sealed),
            // An id that cannot be sealed cannot be used either.
            Err(_) => response.headers_mut().remove(SESSION_ID),
        };
    }
}

fn owner(caller: &Caller) -> Option<Principal<'_>> {
    caller.token().map(ValidatedToken::principal)
}

impl<S> Service<Request> for GateService<S>
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
            let Some(caller) = request.extensions().get::<Caller>().cloned() else {
                tracing::error!("a request reached the gate without a caller: put an `AuthLayer` in front of it");
                let message = "This server is not set up to authenticate callers";
                return Ok(answer::error(StatusCode::INTERNAL_SERVER_ERROR, &None, 500, message));
            };
            let request = match config.judge(request, &caller).await {
                Ok(request) => request,
                Err(refusal) => return Ok(refusal),
            };
            let mut response = inner.call(request).await?.into_response();
            config.seal_session(&mut response, &caller);
            Ok(response)
        })
    }
}
