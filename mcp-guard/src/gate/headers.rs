//! The headers that mirror the body since 2026-07-28 (MCP, "Standard Request Headers").

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName};

use super::message::Message;

// As `HeaderName`s, because each look-up of a text validates it again.
pub(super) const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
pub(super) const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");
pub(super) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// The first revision without sessions. The headers are required from this revision on.
const FIRST_STATELESS: &str = "2026-07-28";

/// Returns whether the request declares 2026-07-28 or later. Revisions are dates, so they are compared as text, like in
/// rmcp.
pub(super) fn is_stateless_revision(headers: &HeaderMap) -> bool {
    headers
        .get(PROTOCOL_VERSION)
        .and_then(|version| version.to_str().ok())
        .is_some_and(|version| version >= FIRST_STATELESS)
}

/// Rejects headers that are repeated or not text, because a proxy may read a different value.
///
/// # Errors
///
/// The message for the client.
pub(super) fn check_single(headers: &HeaderMap) -> Result<(), &'static str> {
    let is_single = |name: HeaderName| {
        let mut values = headers.get_all(name).iter();
        values.next().is_none_or(|value| value.to_str().is_ok() && values.next().is_none())
    };
    match (is_single(PROTOCOL_VERSION), is_single(LAST_EVENT_ID)) {
        (true, true) => Ok(()),
        (false, _) => Err("The MCP-Protocol-Version header is repeated or is not text"),
        (true, false) => Err("The Last-Event-ID header is repeated or is not text"),
    }
}

/// Checks that the headers match the body.
///
/// # Errors
///
/// The message for the client.
pub(super) fn check_matches_body(headers: &HeaderMap, message: &Message<'_>) -> Result<(), &'static str> {
    let (method, params) = match message {
        Message::Request { method, params, .. } => (method, Some(params)),
        Message::Notification { method } => (method, None),
        Message::Response => return Ok(()),
    };
    match single(headers, METHOD)? {
        Some(value) if value == method => {}
        Some(_) => return Err("the Mcp-Method header does not match the body"),
        // Clients send these headers after the revision is negotiated.
        None if method == "initialize" => return Ok(()),
        None => return Err("the Mcp-Method header is missing"),
    }
    let Some(subject) = params.and_then(|params| params.subject(method)) else { return Ok(()) };
    let Some(subject) = subject else { return Ok(()) };
    match single(headers, NAME)? {
        None => Err("the Mcp-Name header is missing"),
        Some(value) => match decode(value) {
            Some(name) if name == *subject => Ok(()),
            Some(_) => Err("the Mcp-Name header does not match the body"),
            None => Err("the Mcp-Name header is not valid base64"),
        },
    }
}

fn single(headers: &HeaderMap, name: HeaderName) -> Result<Option<&str>, &'static str> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err("repeated Mcp header");
    }
    value.to_str().map(Some).map_err(|_| "invalid characters in an Mcp header")
}

/// Decodes `=?base64?..?=`, the form of values that a header cannot contain.
fn decode(value: &str) -> Option<Cow<'_, str>> {
    match value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) {
        None => Some(Cow::Borrowed(value)),
        Some(encoded) => String::from_utf8(STANDARD.decode(encoded).ok()?).ok().map(Cow::Owned),
    }
}

#[cfg(test)]
mod tests;
