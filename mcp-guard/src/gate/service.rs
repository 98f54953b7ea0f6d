//! Deciding what a caller may call.

use std::sync::Arc;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;
use std::time::SystemTime;

use axum::body::Body;
use axum::extract::Request;
use axum::response::IntoResponse;
use axum::response::Response;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::BoxFuture;
use http::HeaderMap;
use http::HeaderValue;
use http::Method;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use http::header::RETRY_AFTER;
use tower::Service;

use super::body;
use super::body::Unreadable;
use super::config::GateConfig;
use super::headers;
use super::headers::SESSION_ID;
use super::message::Message;
use super::operation::Guard;
use crate::answer;
use crate::answer::RequestId;
use crate::caller::Caller;
use crate::denial::Denial;
use crate::operation::Needs;
use crate::policy::Decision;
use crate::refusal::Refusal as Refused;
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

/// What 2026-07-28 removed and rmcp does not refuse in every form that a request for it may have (MCP, "Key Changes").
const REMOVED: [&str; 3] = ["logging/setLevel", "resources/subscribe", "resources/unsubscribe"];

/// The answer to a request that goes no further. Boxed: most go further.
type Refusal = Box<Response>;

/// When to try to open a session again: those that nobody uses end after five minutes.
const SESSION_RETRY: HeaderValue = HeaderValue::from_static("60");

impl GateConfig {
    /// Puts the request into the form that rmcp shall see, and returns the body of it; or says how it is refused.
    async fn judge(&self, request: &mut Request, caller: &Caller, form: Form) -> Result<Bytes, Refusal> {
        self.open_session(request.headers_mut(), caller)?;
        if request.method() != Method::POST {
            // GET and DELETE are about a session: whoever may open one may use it and close it.
            decide(caller, &Needs::new(&Requirement::Public), None, form)?;
            return Ok(Bytes::new());
        }
        let body = std::mem::take(request.body_mut());
        let body =
            body::read(body, self.max_body).await.map_err(|unreadable| Box::new(self.refuse_body(unreadable)))?;
        let opens_session = self.judge_message(request.headers(), &body, caller, form)?;
        if opens_session
            && let Some(limit) = &self.session_limit
            && limit.is_reached().await
        {
            let message = "Too many sessions are open";
            let mut refusal = answer::error(StatusCode::SERVICE_UNAVAILABLE, &RequestId::Unknown, 503, message);
            refusal.headers_mut().insert(RETRY_AFTER, SESSION_RETRY);
            return Err(refusal.into());
        }
        *request.body_mut() = Body::from(body.clone());
        Ok(body)
    }

    fn refuse_body(&self, unreadable: Unreadable) -> Response {
        let too_large = format!("The body is larger than {} bytes", self.max_body);
        let (status, message) = match unreadable {
            Unreadable::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, too_large.as_str()),
            Unreadable::TooSlow => (StatusCode::REQUEST_TIMEOUT, "The body took too long"),
            Unreadable::Broken => (StatusCode::BAD_REQUEST, "The body ended before it was complete"),
        };
        answer::error(status, &RequestId::Unknown, INVALID_REQUEST, message)
    }

    /// Whether the caller may send this message. `Ok(true)`: it opens a legacy session.
    fn judge_message(&self, headers: &HeaderMap, body: &[u8], caller: &Caller, form: Form) -> Result<bool, Refusal> {
        let bad_request =
            |id: &RequestId, code, message: &str| answer::error(StatusCode::BAD_REQUEST, id, code, message);
        let message =
            Message::parse(body).map_err(|error| bad_request(&RequestId::Unknown, error.code(), &error.to_string()))?;
        if form.stateless {
            headers::agree(headers, &message).map_err(|reason| bad_request(&message.id(), HEADER_MISMATCH, reason))?;
        }
        let guard = match &message {
            Message::Request { method, .. } if form.stateless && REMOVED.contains(&method.as_ref()) => {
                Guard::UnknownMethod
            }
            message => self.guards.guard(message, body),
        };
        match guard {
            Guard::Requires(needs) => {
                decide(caller, &needs, Some(&message), form)?;
                Ok(message.is_initialize())
            }
            unknown => {
                // Only who may use the server at all learns what is wrong.
                decide(caller, &Needs::new(&Requirement::Authenticated), Some(&message), form)?;
                Err(refuse_unknown(&unknown, &message, form.stateless).into())
            }
        }
    }

    /// Replaces the session id by rmcp's own. Somebody else's session answers like one that does not exist.
    fn open_session(&self, headers: &mut HeaderMap, caller: &Caller) -> Result<(), Refusal> {
        let mut values = headers.get_all(SESSION_ID).iter();
        let Some(sealed) = values.next() else { return Ok(()) };
        let id = match (sealed.to_str(), values.next()) {
            (Ok(sealed), None) => self.sessions.open(sealed, owner(caller)),
            _ => None,
        };
        match id.map(HeaderValue::from_str) {
            Some(Ok(id)) => {
                headers.insert(SESSION_ID, id);
                Ok(())
            }
            // Sessions are gone since 2026-07-28: the header means nothing there (MCP, "Earlier Protocol Revisions").
            None if headers::is_stateless_revision(headers) => {
                headers.remove(SESSION_ID);
                Ok(())
            }
            _ => {
                Err(answer::error(StatusCode::NOT_FOUND, &RequestId::Unknown, INVALID_REQUEST, "Session not found")
                    .into())
            }
        }
    }

    /// Seals the id of a session that rmcp just opened.
    fn seal_session(&self, headers: &mut HeaderMap, caller: &Caller) {
        let Some(id) = headers.get(SESSION_ID).and_then(|id| id.to_str().ok()) else { return };
        let sealed = self.sessions.seal(id, owner(caller));
        match HeaderValue::from_str(&sealed) {
            Ok(sealed) => headers.insert(SESSION_ID, sealed),
            // An id that cannot be sealed cannot be used either.
            Err(_) => headers.remove(SESSION_ID),
        };
    }
}

/// The answer to a message that nothing here is meant for.
fn refuse_unknown(guard: &Guard<'_>, message: &Message<'_>, stateless: bool) -> Response {
    // Before 2026-07-28 a 404 meant that the session is gone, so legacy clients get the error alone.
    let not_found = if stateless { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let is_request = matches!(message, Message::Request { .. });
    let (status, code, text) = match guard {
        Guard::UnknownTool => (StatusCode::OK, INVALID_PARAMS, "Unknown tool"),
        Guard::UnknownMethod if is_request => (not_found, METHOD_NOT_FOUND, "This server does not know the method"),
        Guard::UnknownMethod => (StatusCode::BAD_REQUEST, METHOD_NOT_FOUND, "This is no notification of MCP"),
        Guard::TooMany => (StatusCode::BAD_REQUEST, INVALID_PARAMS, "Too many resources in one subscription"),
        Guard::NoSubject | Guard::Requires(_) => (
            StatusCode::BAD_REQUEST,
            INVALID_PARAMS,
            "The params do not say which tool, prompt, resource or task the request is about",
        ),
    };
    answer::error(status, &message.id(), code, text)
}

fn decide(caller: &Caller, needs: &Needs<'_>, message: Option<&Message<'_>>, form: Form) -> Result<(), Refusal> {
    let refusal = match caller.decide_all(needs) {
        Decision::Allow => return Ok(()),
        Decision::Authenticate { needed } => Refused::Unauthenticated { needed },
        Decision::Forbid { needed } => Refused::InsufficientScope { needed },
    };
    Err(refuse(caller, &refusal, message, form).into())
}

/// The form of answers to one client.
#[derive(Clone, Copy)]
struct Form {
    denial: Denial,
    stateless: bool,
}

impl Form {
    fn of(caller: &Caller, headers: &HeaderMap) -> Self {
        Self { denial: caller.denial(Some(headers)), stateless: headers::is_stateless_revision(headers) }
    }
}

fn refuse(caller: &Caller, refusal: &Refused, message: Option<&Message<'_>>, form: Form) -> Response {
    let id = message.map_or(RequestId::Unknown, Message::id);
    // The form is one for refusals that the caller can do something about.
    let is_denial = !matches!(refusal, Refused::ServerError | Refused::NoCaller);
    if form.denial == Denial::Http403 || !is_denial || !message.is_some_and(Message::calls_tool) {
        return answer::refusal(caller.challenger(), &id, refusal);
    }
    let mut result = refusal.to_tool_result(caller.challenger(), form.denial);
    if !form.stateless {
        // Before 2026-07-28 there was one type of result.
        result.result_type = None;
    }
    answer::result(&id, &result)
}

/// The refusal of an operation that found out late that it needs more, as if that had been known before: nothing of its answer is sent yet.
fn refuse_late(caller: &Caller, body: &[u8], form: Form) -> Option<Response> {
    let refusal = Refused::from(caller.inflight().refused()?);
    Some(refuse(caller, &refusal, Message::parse(body).ok().as_ref(), form))
}

fn owner(caller: &Caller) -> Option<Principal<'_>> {
    caller.token().map(ValidatedToken::principal)
}

/// Ends a stream when the caller's token does: whoever could not open it any more does not go on reading it.
fn end_with_token(response: Response, caller: &Caller) -> Response {
    let is_stream =
        response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    let Some(expires) = caller.token().and_then(ValidatedToken::expires_at).filter(|_| is_stream) else {
        return response;
    };
    let left = expires.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO);
    response.map(|body| Body::from_stream(body.into_data_stream().take_until(tokio::time::sleep(left))))
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

    fn call(&mut self, mut request: Request) -> Self::Future {
        // The service that was polled ready goes into the future; its clone stays behind.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let config = Arc::clone(&self.config);
        Box::pin(async move {
            let Some(caller) = request.extensions().get::<Caller>().cloned() else {
                tracing::error!("a request reached the gate without a caller: put an `AuthLayer` in front of it");
                let message = "This server is not set up to authenticate callers";
                return Ok(answer::error(StatusCode::INTERNAL_SERVER_ERROR, &RequestId::Unknown, 500, message));
            };
            let form = Form::of(&caller, request.headers());
            let body = match config.judge(&mut request, &caller, form).await {
                Ok(body) => body,
                Err(refusal) => return Ok(*refusal),
            };
            let mut response = inner.call(request).await?.into_response();
            if let Some(refusal) = refuse_late(&caller, &body, form) {
                return Ok(refusal);
            }
            config.seal_session(response.headers_mut(), &caller);
            Ok(end_with_token(response, &caller))
        })
    }
}
