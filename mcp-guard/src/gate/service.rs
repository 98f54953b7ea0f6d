//! Deciding what a caller may call.

use std::sync::Arc;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use axum::body::HttpBody as _;
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
use tower::Service;

use super::body;
use super::body::BodyLimits;
use super::body::Unreadable;
use super::config::GateConfig;
use super::headers;
use super::headers::SESSION_ID;
use super::message::Message;
use super::opening::Opening;
use super::operation::Guard;
use super::session_table::InProgress;
use super::session_table::NotStarted;
use crate::operation::Needs;
use crate::policy::Denial;
use crate::policy::Refusal;
use crate::policy::Requirement;
use crate::request::Caller;
use crate::request::OperationGuard;
use crate::token::Principal;
use crate::token::ValidatedToken;
use crate::wire::answer;
use crate::wire::answer::RequestId;

/// The service that [`GateLayer`](crate::GateLayer) makes.
#[derive(Clone, Debug)]
pub struct Gate<S> {
    inner: S,
    config: Arc<GateConfig>,
}

impl<S> Gate<S> {
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
type Rejection = Box<Response>;

/// When to try to open a session again: unused ones end after five minutes.
const SESSION_RETRY: Duration = Duration::from_secs(60);
const TOO_MANY_SESSIONS: &str = "Too many sessions are open";
/// When to send a request again in a session that has too many in progress.
const REQUEST_RETRY: Duration = Duration::from_secs(5);
/// How long a client may take to send a body.
const BODY_TIME: Duration = Duration::from_secs(30);

/// A request that goes on to rmcp.
#[derive(Debug, Default)]
struct Admitted {
    /// Its body; empty where it is not a POST.
    body: Bytes,
    /// The session that it opens.
    opening: Option<Arc<Opening>>,
    in_progress: Option<InProgress>,
}

impl GateConfig {
    /// Authorizes the request and rewrites it for rmcp.
    async fn admit(&self, request: &mut Request, caller: &Caller, form: Form) -> Result<Admitted, Rejection> {
        headers::check_single(request.headers())
            .map_err(|text| answer::error(StatusCode::BAD_REQUEST, &RequestId::Unknown, INVALID_REQUEST, text))?;
        let session = self.open_session(request.headers_mut(), caller)?;
        if request.method() != Method::POST {
            // GET and DELETE are about a session: its principal may use and close it.
            decide(caller, &Needs::new(&Requirement::Public), None, form)?;
            return Ok(Admitted::default());
        }
        let limits = BodyLimits { bytes: self.max_body, time: BODY_TIME };
        let share = self.budget.share(owner(caller));
        let mut received = body::read(std::mem::take(request.body_mut()), limits, share)
            .await
            .map_err(|unreadable| self.refuse_body(unreadable))?;
        let (message, parsed_bytes) = Message::parse_counted(received.bytes()).map_err(|error| {
            answer::error(StatusCode::BAD_REQUEST, &RequestId::Unknown, error.code(), &error.to_string())
        })?;
        self.decide_message(request.headers(), &message, received.bytes(), caller, form)?;
        if message.is_initialize()
            && let Some(sessions) = &self.sessions
            && !sessions.has_room_for(&owner(caller).map(Principal::into_owned))
        {
            return Err(answer::busy(SESSION_RETRY, &message.id(), TOO_MANY_SESSIONS).into());
        }
        let opening = message.is_initialize().then(|| Opening::new(owner(caller).map(Principal::into_owned)));
        let in_progress = match (&session, &message) {
            (Some(session), Message::Request { .. }) => self.start(session, &message.id())?,
            (_, _) => None,
        };
        received.count_parsed(parsed_bytes).map_err(|unreadable| self.refuse_body(unreadable))?;
        let (body, held) = received.into_shared();
        request.extensions_mut().insert(OperationGuard::new((held, in_progress.clone())));
        *request.body_mut() = Body::from(body.clone());
        Ok(Admitted { body, opening, in_progress })
    }

    /// Starts a request in a session. `None` where this gate does not count sessions.
    fn start(&self, session: &str, id: &RequestId) -> Result<Option<InProgress>, Rejection> {
        let Some(sessions) = &self.sessions else { return Ok(None) };
        let started = sessions.start(session, id.clone()).map_err(|reason| match reason {
            NotStarted::NoSession => session_not_found(),
            NotStarted::IdInUse => {
                let text = "Another request with this id is in progress in this session";
                answer::error(StatusCode::BAD_REQUEST, id, INVALID_REQUEST, text)
            }
            NotStarted::IdTooLong => answer::error(
                StatusCode::BAD_REQUEST,
                &RequestId::Unknown,
                INVALID_REQUEST,
                "The request id is too long",
            ),
            NotStarted::TooMany => {
                answer::busy(REQUEST_RETRY, id, "Too many requests are in progress in the sessions of this caller")
            }
        })?;
        Ok(Some(started))
    }

    fn refuse_body(&self, unreadable: Unreadable) -> Response {
        let too_large = format!("The body is larger than {} bytes", self.max_body);
        let (status, message) = match unreadable {
            Unreadable::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, too_large.as_str()),
            Unreadable::TooSlow => (StatusCode::REQUEST_TIMEOUT, "The body took too long"),
            Unreadable::Broken => (StatusCode::BAD_REQUEST, "The body ended before it was complete"),
            Unreadable::NoRoom => return answer::overloaded(),
            Unreadable::TooComplex => {
                (StatusCode::PAYLOAD_TOO_LARGE, "The message takes more memory than a request may: send fewer values")
            }
        };
        answer::error(status, &RequestId::Unknown, INVALID_REQUEST, message)
    }

    /// Decides whether the caller may send this message.
    fn decide_message(
        &self,
        headers: &HeaderMap,
        message: &Message<'_>,
        body: &[u8],
        caller: &Caller,
        form: Form,
    ) -> Result<(), Rejection> {
        if form.stateless {
            headers::agree(headers, message)
                .map_err(|reason| answer::error(StatusCode::BAD_REQUEST, &message.id(), HEADER_MISMATCH, reason))?;
        }
        let guard = match message {
            Message::Request { method, .. } if form.stateless && REMOVED.contains(&method.as_ref()) => {
                Guard::UnknownMethod
            }
            message => self.guards.guard(message, body),
        };
        match guard {
            Guard::Requires(needs) => decide(caller, &needs, Some(message), form),
            unknown => {
                // Only callers that may use the server at all learn the reason.
                decide(caller, &Needs::new(&Requirement::Authenticated), Some(message), form)?;
                Err(refuse_unknown(&unknown, message, form.stateless).into())
            }
        }
    }

    /// Replaces the session id by rmcp's own, and returns it. The session of another principal does not exist for the caller.
    fn open_session(&self, headers: &mut HeaderMap, caller: &Caller) -> Result<Option<String>, Rejection> {
        let mut values = headers.get_all(SESSION_ID).iter();
        let Some(sealed) = values.next() else { return Ok(None) };
        // Sessions are gone since 2026-07-28: the header means nothing there (MCP, "Earlier Protocol Revisions").
        if headers::is_stateless_revision(headers) {
            headers.remove(SESSION_ID);
            return Ok(None);
        }
        let id = match (sealed.to_str(), values.next()) {
            (Ok(sealed), None) => self.seal.open(sealed, owner(caller)).map(str::to_owned),
            _ => None,
        };
        let exists = |id: &String| self.sessions.as_ref().is_none_or(|sessions| sessions.touch(id));
        let id = id.filter(exists).ok_or_else(session_not_found)?;
        headers.insert(SESSION_ID, HeaderValue::from_str(&id).map_err(|_| session_not_found())?);
        Ok(Some(id))
    }

    /// Seals the id of a session that rmcp just opened.
    fn seal_session(&self, headers: &mut HeaderMap, caller: &Caller) {
        let Some(id) = headers.get(SESSION_ID).and_then(|id| id.to_str().ok()) else { return };
        let sealed = self.seal.seal(id, owner(caller));
        match HeaderValue::from_str(&sealed) {
            Ok(sealed) => headers.insert(SESSION_ID, sealed),
            // An id that cannot be sealed cannot be used either.
            Err(_) => headers.remove(SESSION_ID),
        };
    }
}

fn session_not_found() -> Response {
    answer::error(StatusCode::NOT_FOUND, &RequestId::Unknown, INVALID_REQUEST, "Session not found")
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

fn decide(caller: &Caller, needs: &Needs<'_>, message: Option<&Message<'_>>, form: Form) -> Result<(), Rejection> {
    let decision = caller.decide_all(needs).into_result();
    decision.map_err(|refusal| refuse(caller, &refusal, message, form).into())
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

fn refuse(caller: &Caller, refusal: &Refusal, message: Option<&Message<'_>>, form: Form) -> Response {
    let id = message.map_or(RequestId::Unknown, Message::id);
    // The form is one for refusals that the caller can do something about.
    let is_denial = !matches!(refusal, Refusal::ServerError | Refusal::NoCaller);
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
    let refusal = caller.in_flight().refused()?;
    Some(refuse(caller, refusal, Message::parse(body).ok().as_ref(), form))
}

fn owner(caller: &Caller) -> Option<Principal<'_>> {
    caller.token().map(ValidatedToken::principal)
}

/// Keeps the id of a request in use until its stream was sent. Another response is complete already.
fn until_sent(response: Response, in_progress: InProgress) -> Response {
    if response.body().size_hint().exact().is_some() {
        return response;
    }
    response.map(|body| {
        let data = body.into_data_stream().inspect(move |_| {
            // The stream owns it, and hyper drops the stream when it ended.
            let _ = &in_progress;
        });
        Body::from_stream(data)
    })
}

impl<S> Service<Request> for Gate<S>
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
            let Admitted { body, opening, in_progress } = match config.admit(&mut request, &caller, form).await {
                Ok(admitted) => admitted,
                Err(refusal) => return Ok(*refusal),
            };
            let mut response = match &opening {
                Some(opening) => Arc::clone(opening).scope(inner.call(request)).await,
                None => inner.call(request).await,
            }?
            .into_response();
            if let Some(opening) = opening.filter(|opening| opening.is_rejected()) {
                drop(opening);
                let id = Message::parse(&body).map_or(RequestId::Unknown, |message| message.id());
                return Ok(answer::busy(SESSION_RETRY, &id, TOO_MANY_SESSIONS));
            }
            if let Some(refusal) = refuse_late(&caller, &body, form) {
                return Ok(refusal);
            }
            config.seal_session(response.headers_mut(), &caller);
            Ok(match in_progress {
                Some(in_progress) => until_sent(response, in_progress),
                None => response,
            })
        })
    }
}
