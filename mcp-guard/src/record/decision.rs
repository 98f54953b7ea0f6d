//! One authorization decision.

use std::fmt;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize, Serializer};

use crate::operation::Operation;
use crate::rule::Rule;
use crate::scope::ScopeSet;

/// An authorization decision on one request.
///
/// Texts of clients and tokens are at most 256 bytes long: a longer text is cut and ends with a digest of the whole.
/// The record contains nothing else of a token, and no argument of an operation.
///
/// As JSON, a member without a value is omitted.
#[derive(Clone, Serialize)]
#[non_exhaustive]
pub struct DecisionRecord {
    /// The time at which the request arrived. As JSON: RFC 3339 with microseconds, in UTC.
    #[serde(serialize_with = "rfc3339")]
    pub time: SystemTime,
    /// The `X-Request-Id` of a trusted proxy, or an id that the server made.
    pub request_id: String,
    /// The trace id of the request (W3C Trace Context), in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// The MCP revision of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The kind of the operation. `None` if the request names no operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<OperationKind>,
    /// The name of the operation, as in the scope matrix. An unknown operation has the name that the client sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// A keyed digest of the arguments in canonical form (RFC 8785). Equal arguments have equal digests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<String>,
    /// The scopes that the request requires, as a challenge names them: with the baseline, and one of alternatives.
    pub required: ScopeSet,
    /// The scopes of the token.
    pub granted: ScopeSet,
    /// The required scopes that the token does not grant.
    pub missing: ScopeSet,
    /// The scopes that the operation required while it ran (`ValidatedToken::require`).
    #[serde(skip_serializing_if = "ScopeSet::is_empty")]
    pub late: ScopeSet,
    /// The outcome of the decision.
    pub outcome: Outcome,
    /// The rule that the request violates. `None` if it violates none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// The HTTP status of the response. `None` on stdio, and if the client disconnected before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The issuer of the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The subject of the token: plain, a keyed digest, or absent. A setting decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The client that the token was issued to (`client_id`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The delegation chain of the token (`act`, RFC 8693 section 4.1): the current actor first. In the form of `subject`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actors: Vec<String>,
    /// A keyed digest of the id of the legacy session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The time until the response, or until the operation ended. As JSON: `duration_us`, in microseconds.
    #[serde(rename = "duration_us", serialize_with = "micros")]
    pub duration: Duration,
}

/// The kind of an operation.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum OperationKind {
    /// A tool.
    Tool,
    /// A prompt.
    Prompt,
    /// A resource without variables.
    Resource,
    /// A resource template.
    Template,
    /// A method or notification of MCP.
    Method,
    /// A request about a legacy session: `listen` to its events, or `end` it.
    Session,
    /// A route of the application outside of MCP: the HTTP method and the path pattern.
    Route,
}

/// The outcome of a decision.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// The request was allowed.
    Allowed,
    /// The request was refused.
    Refused,
    /// The request was allowed because enforcement is report-only.
    WouldBeRefused,
}

impl OperationKind {
    /// Returns the name of the kind, such as `tool`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Prompt => "prompt",
            Self::Resource => "resource",
            Self::Template => "template",
            Self::Method => "method",
            Self::Session => "session",
            Self::Route => "route",
        }
    }
}

impl Outcome {
    /// Returns the name of the outcome, such as `would_be_refused`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::WouldBeRefused => "would_be_refused",
        }
    }
}

impl From<Operation<'_>> for OperationKind {
    fn from(operation: Operation<'_>) -> Self {
        match operation {
            Operation::Tool(_) => Self::Tool,
            Operation::Prompt(_) => Self::Prompt,
            Operation::Resource(_) => Self::Resource,
            Operation::Template(_) => Self::Template,
            Operation::Method(_) => Self::Method,
        }
    }
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

opaque_debug!(redacted DecisionRecord);

pub(super) fn rfc3339<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format_time(*time))
}

/// Returns a time as RFC 3339 text.
pub(crate) fn format_time(time: SystemTime) -> String {
    DateTime::<Utc>::from(time).to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn micros<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}
