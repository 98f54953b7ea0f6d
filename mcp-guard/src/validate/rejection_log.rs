//! Logs rejected access tokens, with their usual causes.
//!
//! 1. At most one event per minute for each rule and issuer. The next event has the number of suppressed ones. Tokens of
//!    unknown issuers count as those of one issuer, so clients cannot make the memory grow.
//! 2. An event contains the configuration of the server, and nothing of the token but its `aud`: escaped, cut, and only
//!    from a token whose signature verified.

use std::slice;

use serde_json::Value;

use super::jwt::header::Jws;
use super::usual_causes;
use crate::rule::Rule;
use crate::throttle::KeyedThrottle;
use crate::token::{BearerToken, InvalidToken};

/// The maximum length of the logged audience of a token, in bytes.
const MAX_AUDIENCE: usize = 200;
/// Closes an audience that was cut.
const CUT: &str = "...\"";

/// A usual cause of rejected tokens, with a remedy.
pub(crate) struct Hint {
    pub(crate) reasons: &'static [InvalidToken],
    pub(crate) text: &'static str,
}

/// The log of the rejected tokens of one issuer.
#[expect(unnameable_types, reason = "only validators of this crate have one")]
#[derive(Default)]
pub struct RejectionLog {
    /// `None` for the tokens of unknown issuers.
    issuer: Option<String>,
    /// The expected audiences. Empty if they are unknown.
    audiences: Vec<String>,
    /// Whether [`InvalidToken::Audience`] means that the token is a JWT whose signature verified.
    verifies_signature: bool,
    hints: &'static [Hint],
    throttle: KeyedThrottle<Rule>,
}

impl RejectionLog {
    pub(crate) fn new(issuer: impl Into<String>) -> Self {
        Self { issuer: Some(issuer.into()), ..Self::default() }
    }

    /// Adds the expected audiences to the events.
    pub(crate) fn expecting(mut self, audiences: Vec<String>) -> Self {
        self.audiences = audiences;
        self
    }

    /// Adds the audience of rejected tokens to the events. The validator must reject the audience of a token only after
    /// it verified the signature.
    pub(crate) const fn with_verified_audience(mut self) -> Self {
        self.verifies_signature = true;
        self
    }

    /// Prefers the causes that are usual for a provider.
    pub(crate) const fn hinting(mut self, hints: &'static [Hint]) -> Self {
        self.hints = hints;
        self
    }

    /// Returns whether events are logged. Nothing needs to be built otherwise.
    pub(crate) fn is_enabled() -> bool {
        tracing::enabled!(tracing::Level::WARN)
    }

    /// Logs that the token was rejected for this reason.
    pub(crate) fn log(&self, reason: InvalidToken, token: &BearerToken) {
        let rule = reason.rule();
        let Some(suppressed) = self.throttle.admit(rule) else { return };
        let is_verified = self.verifies_signature && reason == InvalidToken::Audience;
        let audience = if is_verified { audience(token) } else { None };
        let expected = (!self.audiences.is_empty()).then(|| self.audiences.join(" or "));
        tracing::warn!(
            %rule,
            issuer = self.issuer.as_deref().unwrap_or("unknown"),
            expected_audience = expected,
            actual_audience = audience.map(tracing::field::display),
            suppressed,
            usual_cause = self.cause(reason),
            "access token rejected: {reason}"
        );
    }

    fn cause(&self, reason: InvalidToken) -> &'static str {
        let hint = self.hints.iter().find(|hint| hint.reasons.contains(&reason));
        hint.map_or_else(|| usual_causes::of(reason), |hint| hint.text)
    }
}

opaque_debug!(RejectionLog);

/// Returns the `aud` of a JWT for a log. `none` if it has none.
fn audience(token: &BearerToken) -> Option<String> {
    let claims = Jws::parse(token.expose()).and_then(|jws| jws.claims()).ok()?;
    Some(match claims.0.get("aud") {
        None => "none".to_owned(),
        Some(Value::Array(members)) => quoted(members),
        Some(member) => quoted(slice::from_ref(member)),
    })
}

/// Returns a quoted list of texts in printable ASCII, cut after [`MAX_AUDIENCE`] bytes. Neither a terminal nor a parser of
/// logs can take a part of a text for something else.
fn quoted(members: &[Value]) -> String {
    let mut list = String::from("\"");
    for (at, member) in members.iter().filter_map(Value::as_str).enumerate() {
        let separator = if at == 0 { "" } else { "\", \"" };
        for part in [separator.to_owned()].into_iter().chain(member.chars().map(|c| c.escape_default().to_string())) {
            if list.len() + part.len() + CUT.len() > MAX_AUDIENCE {
                list.push_str(CUT);
                return list;
            }
            list.push_str(&part);
        }
    }
    list.push('"');
    list
}

#[cfg(test)]
mod tests;
