//! The responses to rejected requests.

use std::time::Duration;

use axum::response::Response;
use http::{HeaderMap, StatusCode};
use rmcp::model::ErrorCode;

use super::headers;
use super::lookup::LookupError;
use super::message::Message;
use crate::policy::{Denial, Refusal};
use crate::request::Caller;
use crate::rule::Rule;
use crate::wire::answer;
use crate::wire::answer::RequestId;

/// The `Retry-After` when too many sessions are open. Unused sessions end after five minutes.
const SESSION_RETRY: Duration = Duration::from_secs(60);

/// A rejected request: the rule that rejects it, and the response.
#[derive(Debug)]
pub(super) struct Rejection {
    rule: Rule,
    /// Boxed, because most requests are admitted.
    response: Box<Response>,
}

impl Rejection {
    pub(super) fn new(rule: Rule, response: Response) -> Self {
        Self { rule, response: Box::new(response) }
    }

    /// Returns the rejection of a request that is malformed.
    pub(super) fn bad_request(rule: Rule, id: &RequestId, text: &str) -> Self {
        Self::new(rule, answer::error(StatusCode::BAD_REQUEST, id, ErrorCode::INVALID_REQUEST, text))
    }

    /// Returns the rule.
    pub(super) const fn rule(&self) -> Rule {
        self.rule
    }

    /// Records the rule, which the client does not receive, and returns the response.
    pub(super) fn into_response(self, caller: &Caller) -> Response {
        caller.in_flight().refuse(self.rule);
        *self.response
    }
}

/// The properties of a request that determine the form of its rejection.
#[derive(Clone, Debug)]
pub(super) struct ResponseForm {
    pub(super) id: RequestId,
    /// Whether the client speaks 2026-07-28 or later.
    pub(super) is_stateless: bool,
    calls_tool: bool,
    denial: Denial,
}

impl ResponseForm {
    pub(super) fn new(caller: &Caller, headers: &HeaderMap, message: Option<&Message<'_>>) -> Self {
        Self {
            id: message.map_or(RequestId::Unknown, Message::id),
            is_stateless: headers::is_stateless_revision(headers),
            calls_tool: message.is_some_and(Message::calls_tool),
            denial: caller.denial(Some(headers)),
        }
    }
}

/// Returns the rejection of a request, in the form that is configured for the client.
pub(super) fn reject(caller: &Caller, refusal: &Refusal, form: &ResponseForm) -> Rejection {
    Rejection::new(refusal.rule(), response(caller, refusal, form))
}

fn response(caller: &Caller, refusal: &Refusal, form: &ResponseForm) -> Response {
    // Only a rejection that the client can resolve has several forms.
    let is_denial = !matches!(refusal, Refusal::ServerError | Refusal::NoCaller);
    if form.denial == Denial::Http403 || !is_denial || !form.calls_tool {
        return answer::refusal(caller.challenger(), &form.id, refusal);
    }
    let mut result = refusal.to_tool_result(caller.challenger(), form.denial);
    if !form.is_stateless {
        // Before 2026-07-28 a result had no type.
        result.result_type = None;
    }
    answer::result(&form.id, &result)
}

/// Returns the response to a request that its operation rejected while it ran. No part of a response has been sent, and
/// the rule is already logged.
pub(super) fn reject_late(caller: &Caller, form: &ResponseForm) -> Option<Response> {
    caller.in_flight().refused().map(|refusal| response(caller, refusal, form))
}

/// Returns the rejection of a message without a requirement.
pub(super) fn reject_unknown(error: LookupError, message: &Message<'_>, form: &ResponseForm) -> Rejection {
    // Before 2026-07-28 a 404 meant that the session has ended, so legacy clients get a 200 with the error.
    let not_found = if form.is_stateless { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let is_request = matches!(message, Message::Request { .. });
    let (status, code, text) = match error {
        LookupError::UnknownTool => (StatusCode::OK, ErrorCode::INVALID_PARAMS, "Unknown tool"),
        LookupError::UnknownMethod if is_request => (not_found, ErrorCode::METHOD_NOT_FOUND, "Unknown method"),
        LookupError::UnknownMethod => (StatusCode::BAD_REQUEST, ErrorCode::METHOD_NOT_FOUND, "Unknown notification"),
        LookupError::TooManyResources => {
            (StatusCode::BAD_REQUEST, ErrorCode::INVALID_PARAMS, "Too many resources in one subscription")
        }
        LookupError::MissingSubject => {
            (StatusCode::BAD_REQUEST, ErrorCode::INVALID_PARAMS, "The params name no tool, prompt, resource or task")
        }
    };
    Rejection::new(error.rule(), answer::error(status, &form.id, code, text))
}

pub(super) fn session_not_found() -> Rejection {
    let (status, code) = (StatusCode::NOT_FOUND, ErrorCode::INVALID_REQUEST);
    Rejection::new(Rule::SessionUnknown, answer::error(status, &RequestId::Unknown, code, "Session not found"))
}

pub(super) fn too_many_sessions(id: &RequestId) -> Rejection {
    Rejection::new(Rule::SessionLimit, answer::busy(SESSION_RETRY, id, "Too many open sessions"))
}
