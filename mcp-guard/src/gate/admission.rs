//! Authorizes requests and rewrites them for rmcp.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use http::header::CONTENT_ENCODING;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use rmcp::model::ErrorCode;

use super::accept::Accepted;
use super::body::{BodyError, BodyLimits, ShareGuard};
use super::config::GateConfig;
use super::description::describe_session_request;
use super::headers::{LAST_EVENT_ID, SESSION_ID};
use super::lookup::LookupError;
use super::message::Message;
use super::opening::Opening;
use super::rejection::{Rejection, ResponseForm, reject, reject_unknown, session_not_found, too_many_sessions};
use super::requests_in_progress::Rejected;
use super::session_table::{InProgress, NotStarted};
use super::{body, headers};
use crate::direct::DirectCall;
use crate::limit::{ConnectionClient, Exceeded, Permit};
use crate::operation;
use crate::operation::{Entry, Needs};
use crate::policy::Requirement;
use crate::request::{Caller, OperationGuard};
use crate::rule::Rule;
use crate::seal::SealedId;
use crate::token::Principal;
use crate::trace::RequestSpan;
use crate::wire::answer;
use crate::wire::answer::RequestId;

/// The `Retry-After` of a session with too many requests in progress.
const REQUEST_RETRY: Duration = Duration::from_secs(5);
/// The time limit for receiving a body.
const BODY_TIME: Duration = Duration::from_secs(30);

/// The counts of a request in progress.
#[derive(Debug, Default)]
pub(super) struct Permits {
    _of_caller: Option<Permit>,
    _of_operation: Option<Permit>,
}

/// A request that is passed to rmcp.
#[derive(Debug)]
pub(super) struct Admitted {
    /// The form of a rejection that is found while the operation runs.
    pub(super) form: ResponseForm,
    /// The session that the request opens.
    pub(super) opening: Option<Arc<Opening>>,
    pub(super) in_progress: Option<InProgress>,
    /// The counts of a direct call.
    pub(super) permits: Permits,
    /// The request, if it needs no connection, and its share of the memory. Its operation ends with the future of the
    /// request, so the share needs no other owner.
    pub(super) direct: Option<(DirectCall, ShareGuard)>,
}

impl GateConfig {
    /// Authorizes the request and rewrites it for rmcp.
    pub(super) async fn admit(
        &self,
        request: &mut Request,
        caller: &Caller,
        span: &RequestSpan,
    ) -> Result<Admitted, Rejection> {
        let mut sent = Sent { client: ConnectionClient::of(request.extensions()), is_counted: false };
        let admitted = self.admit_counted(request, caller, span, &mut sent).await;
        // Malformed requests count as well, so that no caller can send any number of them.
        if admitted.is_err() && !sent.is_counted {
            sent.count(caller, &RequestId::Unknown)?;
        }
        admitted
    }

    async fn admit_counted(
        &self,
        request: &mut Request,
        caller: &Caller,
        span: &RequestSpan,
        sent: &mut Sent,
    ) -> Result<Admitted, Rejection> {
        headers::check_single(request.headers())
            .map_err(|text| Rejection::bad_request(Rule::HeaderMalformed, &RequestId::Unknown, text))?;
        let session = self.open_session(request.headers_mut(), caller);
        if request.method() != Method::POST {
            let session = session.map_err(|NoSession| session_not_found())?;
            if session.is_none() {
                // rmcp with an event store would replay the events of any caller.
                request.headers_mut().remove(LAST_EVENT_ID);
            }
            if let Some(draft) = caller.in_flight().draft() {
                describe_session_request(&draft, request.method(), session.as_deref());
            }
            // GET and DELETE refer to a session. Its principal may use and close it.
            let form = ResponseForm::new(caller, request.headers(), None);
            sent.count(caller, &form.id)?;
            decide(caller, &Needs::new(&Requirement::Public), &form)?;
            // rmcp answers GET with an event stream, and DELETE without a body.
            if Accepted::of(request.headers()).events {
                Accepted::list_both(request.headers_mut());
            }
            return Ok(Admitted { form, opening: None, in_progress: None, permits: Permits::default(), direct: None });
        }
        check_encoding(request.headers())?;
        let limits = BodyLimits { bytes: self.max_body, time: BODY_TIME };
        let share = self.budget.share(caller.principal());
        let mut received = body::read(std::mem::take(request.body_mut()), limits, share)
            .await
            .map_err(|error| self.reject_body(error))?;
        let (bytes, mut parsed) = received.split();
        let (message, parsed_bytes) = Message::parse_counted(bytes).map_err(|error| {
            let (status, text) = (StatusCode::BAD_REQUEST, error.to_string());
            Rejection::new(error.rule(), answer::error(status, &RequestId::Unknown, error.code(), &text))
        })?;
        // Counted before anything is built from the message.
        parsed.add(parsed_bytes).map_err(|error| self.reject_body(error))?;
        let session = match session {
            // The request opens another session. A client may still send the id of one that has ended.
            _ if message.is_initialize() => None,
            Ok(session) => session,
            Err(NoSession) => return Err(session_not_found()),
        };
        let form = ResponseForm::new(caller, request.headers(), Some(&message));
        if let Some(draft) = caller.in_flight().draft() {
            self.describe(&draft, request.headers(), &message, session.as_deref());
        }
        self.describe_span(span, request.headers(), &message, caller);
        sent.count(caller, &form.id)?;
        let entry = self.decide_message(request.headers(), &message, caller, &form)?;
        let (is_initialize, is_subscription) = (message.is_initialize(), message.subscribes());
        if is_initialize {
            request.headers_mut().remove(SESSION_ID);
        }
        // rmcp opens a session for every `initialize`, whatever revision it names.
        let is_stream = session.is_some() || is_initialize && self.has_sessions || is_subscription;
        accept(request.headers_mut(), &message, is_stream, &form)?;
        let in_progress = match (&session, &message) {
            (Some(session), Message::Request { .. }) => self.start(session, &form.id)?,
            (_, _) => None,
        };
        if is_initialize
            && let Some(sessions) = &self.sessions
            && !sessions.has_room_for(&caller.principal().map(Principal::into_owned))
        {
            return Err(too_many_sessions(&form.id));
        }
        let permits = match &message {
            Message::Request { .. } => self.enter(caller, sent.client.as_ref(), entry, is_subscription, &form.id)?,
            Message::Notification { .. } | Message::Response => Permits::default(),
        };
        let opening = is_initialize.then(|| Opening::new(caller.token().cloned()));
        let direct = self.direct_call(request.headers(), &message, session.is_some());
        let (body, share) = received.into_shared();
        let (direct, permits) = match direct {
            Some(call) => (Some((call, share)), permits),
            None => {
                // The operation may go on after the head of its response. Its record is complete when it ends, but
                // that of a subscription, which has no end, with the head.
                let draft = (!is_subscription).then(|| caller.in_flight().draft()).flatten();
                request.extensions_mut().insert(OperationGuard::new(Arc::new((
                    share,
                    in_progress.clone(),
                    draft,
                    permits,
                ))));
                *request.body_mut() = Body::from(body);
                (None, Permits::default())
            }
        };
        Ok(Admitted { form, opening, in_progress, permits, direct })
    }

    /// Counts a request whose operation is about to run.
    fn enter(
        &self,
        caller: &Caller,
        client: Option<&ConnectionClient>,
        entry: Option<&'static Entry>,
        is_subscription: bool,
        id: &RequestId,
    ) -> Result<Permits, Rejection> {
        let sender = caller.sender(client);
        let reject = |exceeded| too_many(&exceeded, id);
        let limits = caller.limits().filter(|_| !is_subscription);
        let of_caller = limits.map(|limits| limits.enter(&sender)).transpose().map_err(reject)?.flatten();
        let of_operation =
            entry.map(|entry| entry.enter(&self.operation_limits, &sender)).transpose().map_err(reject)?;
        Ok(Permits { _of_caller: of_caller, _of_operation: of_operation.flatten() })
    }

    /// Starts a request in a session. `None` if this gate does not count sessions.
    fn start(&self, session: &str, id: &RequestId) -> Result<Option<InProgress>, Rejection> {
        let Some(sessions) = &self.sessions else { return Ok(None) };
        let started = sessions.start(session, id.clone()).map_err(|reason| match reason {
            NotStarted::NoSession => session_not_found(),
            NotStarted::Rejected(reason @ Rejected::IdInUse) => {
                Rejection::bad_request(reason.rule(), id, "The request id is already in use in this session")
            }
            NotStarted::Rejected(reason @ Rejected::IdTooLong) => {
                Rejection::bad_request(reason.rule(), &RequestId::Unknown, "The request id is too long")
            }
            NotStarted::Rejected(reason @ Rejected::TooMany) => {
                Rejection::new(reason.rule(), answer::busy(REQUEST_RETRY, id, "Too many requests in progress"))
            }
        })?;
        Ok(Some(started))
    }

    fn reject_body(&self, error: BodyError) -> Rejection {
        let too_large = format!("The request body exceeds {} bytes", self.max_body);
        let (status, message) = match error {
            BodyError::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, too_large.as_str()),
            BodyError::TooSlow => (StatusCode::REQUEST_TIMEOUT, "Timeout while reading the request body"),
            BodyError::Broken => (StatusCode::BAD_REQUEST, "Incomplete request body"),
            BodyError::NoRoom => return Rejection::new(error.rule(), answer::overloaded()),
            BodyError::TooComplex => (StatusCode::PAYLOAD_TOO_LARGE, "The message contains too many values"),
        };
        let response = answer::error(status, &RequestId::Unknown, ErrorCode::INVALID_REQUEST, message);
        Rejection::new(error.rule(), response)
    }

    /// Authorizes a message. Returns the operation that it calls.
    fn decide_message(
        &self,
        headers: &HeaderMap,
        message: &Message<'_>,
        caller: &Caller,
        form: &ResponseForm,
    ) -> Result<Option<&'static Entry>, Rejection> {
        if form.is_stateless {
            headers::check_matches_body(headers, message).map_err(|reason| {
                let (status, code) = (StatusCode::BAD_REQUEST, ErrorCode::HEADER_MISMATCH);
                Rejection::new(Rule::HeaderMismatch, answer::error(status, &form.id, code, reason))
            })?;
        }
        let needs = match message {
            Message::Request { method, .. } if form.is_stateless && is_removed(method) => {
                Err(LookupError::UnknownMethod)
            }
            message => self.lookup.needs(message),
        };
        match needs {
            Ok(needs) => decide(caller, &needs, form).map(|()| needs.entry()),
            Err(error) => {
                // Only callers that satisfy the baseline receive the reason.
                decide(caller, &Needs::new(&Requirement::Authenticated), form)?;
                Err(reject_unknown(error, message, form))
            }
        }
    }

    /// Replaces the session id by rmcp's own id, and returns it. If there is no such session, or if it belongs to another
    /// principal, removes the id.
    fn open_session(&self, headers: &mut HeaderMap, caller: &Caller) -> Result<Option<String>, NoSession> {
        let mut values = headers.get_all(SESSION_ID).iter();
        let Some(sealed) = values.next() else { return Ok(None) };
        // 2026-07-28 removed sessions, so the header is ignored there (MCP, "Earlier Protocol Revisions").
        if !self.has_sessions || headers::is_stateless_revision(headers) {
            headers.remove(SESSION_ID);
            return Ok(None);
        }
        let id = match (sealed.to_str(), values.next()) {
            (Ok(sealed), None) => caller.open_id(SealedId::Session, sealed).map(str::to_owned),
            _ => None,
        };
        let exists = |id: &str| self.sessions.as_ref().is_none_or(|sessions| sessions.touch(id));
        let value = id.as_deref().filter(|id| exists(id)).and_then(|id| HeaderValue::from_str(id).ok());
        let Some(value) = value else {
            headers.remove(SESSION_ID);
            return Err(NoSession);
        };
        headers.insert(SESSION_ID, value);
        Ok(id)
    }

    /// Seals the id of a session that rmcp has just opened.
    pub(super) fn seal_session(&self, headers: &mut HeaderMap, caller: &Caller) {
        let Some(id) = headers.get(SESSION_ID).and_then(|id| id.to_str().ok()) else { return };
        if let Some(draft) = caller.in_flight().draft() {
            draft.session(id);
        }
        let sealed = caller.seal_id(SealedId::Session, id);
        match HeaderValue::from_str(&sealed) {
            Ok(sealed) => headers.insert(SESSION_ID, sealed),
            // An id that cannot be sealed cannot be used either.
            Err(_) => headers.remove(SESSION_ID),
        };
    }
}

fn decide(caller: &Caller, needs: &Needs<'_>, form: &ResponseForm) -> Result<(), Rejection> {
    caller.authorize(needs).map_err(|refusal| reject(caller, &refusal, form))
}

/// A request, for the rate of its caller.
struct Sent {
    client: Option<ConnectionClient>,
    is_counted: bool,
}

impl Sent {
    /// Counts the request.
    fn count(&mut self, caller: &Caller, id: &RequestId) -> Result<(), Rejection> {
        self.is_counted = true;
        let Some(limits) = caller.limits() else { return Ok(()) };
        limits.count(&caller.sender(self.client.as_ref())).map_err(|exceeded| too_many(&exceeded, id))
    }
}

fn too_many(exceeded: &Exceeded, id: &RequestId) -> Rejection {
    Rejection::new(exceeded.rule(), answer::too_many(exceeded, id))
}

/// The request names a session that does not exist for its principal.
#[derive(Clone, Copy, Debug)]
struct NoSession;

/// Rejects encoded bodies, which rmcp would read as they are.
fn check_encoding(headers: &HeaderMap) -> Result<(), Rejection> {
    let is_plain = |value: &HeaderValue| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity");
    if headers.get_all(CONTENT_ENCODING).iter().all(is_plain) {
        return Ok(());
    }
    let text = "The request body is encoded: send it without Content-Encoding";
    let (status, code) = (StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::INVALID_REQUEST);
    Err(Rejection::new(Rule::ContentEncoding, answer::error(status, &RequestId::Unknown, code, text)))
}

/// Rejects a request whose client does not accept the media type of the response: an event stream in sessions and for
/// subscriptions, JSON otherwise. Then lists both types for rmcp, which streams the messages of an operation before its result.
fn accept(
    headers: &mut HeaderMap,
    message: &Message<'_>,
    is_stream: bool,
    form: &ResponseForm,
) -> Result<(), Rejection> {
    let accepted = Accepted::of(headers);
    let needed = match message {
        Message::Request { .. } if is_stream && !accepted.events => Some("text/event-stream"),
        Message::Request { .. } if !is_stream && !accepted.json => Some("application/json"),
        // Other messages are answered without a body.
        Message::Request { .. } | Message::Notification { .. } | Message::Response => None,
    };
    if let Some(needed) = needed {
        let text = format!("The response is {needed}, which the Accept header excludes");
        let (status, code) = (StatusCode::NOT_ACCEPTABLE, ErrorCode::INVALID_REQUEST);
        return Err(Rejection::new(Rule::Accept, answer::error(status, &form.id, code, &text)));
    }
    Accepted::list_both(headers);
    Ok(())
}

fn is_removed(method: &str) -> bool {
    operation::Method::of_request(method).is_some_and(|method| method.is_removed)
}
