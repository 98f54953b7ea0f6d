//! Parses the parts of a JSON-RPC message that the gate needs, without building a tree.

use std::borrow::Cow;
use std::fmt;

use rmcp::model::ErrorCode;
use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use crate::json::{Budget, Name, ReadScalar, Scalar, Skip};
use crate::operation::{Method, Subject};
use crate::rule::Rule;
use crate::wire::answer::RequestId;

/// A JSON-RPC message, reduced to the parts that the gate needs.
#[derive(Debug)]
pub(super) enum Message<'b> {
    Request {
        id: Scalar<'b>,
        method: Cow<'b, str>,
        params: Params<'b>,
    },
    Notification {
        method: Cow<'b, str>,
    },
    /// The client's response to a request of the server (legacy sessions only).
    Response,
}

/// The params of a request: the members that name its subject, and the source of the others.
#[derive(Debug, Default)]
pub(super) struct Params<'b> {
    /// The body of the whole message.
    message: &'b str,
    name: Option<Scalar<'b>>,
    uri: Option<Scalar<'b>>,
    task_id: Option<Scalar<'b>>,
}

/// The members of `_meta` with the trace context of a request.
#[derive(Debug, Deserialize)]
pub(super) struct TraceFields {
    pub(super) traceparent: String,
    #[serde(default)]
    pub(super) tracestate: Option<String>,
}

/// The reason why a body is not a JSON-RPC message. The messages are constant: they never quote the body.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum MessageError {
    #[error("the body is not valid UTF-8")]
    NotUtf8,
    #[error("the body is not valid JSON, is nested too deeply, holds too many values, or repeats a member")]
    NotJson,
    #[error("the body is a JSON-RPC batch: send one message in each request")]
    Batch,
    #[error("the body is not one JSON-RPC 2.0 message")]
    NotJsonRpc,
}

impl MessageError {
    /// Returns the error code of JSON-RPC 2.0 section 5.1.
    pub(super) const fn code(self) -> ErrorCode {
        match self {
            Self::NotUtf8 | Self::NotJson => ErrorCode::PARSE_ERROR,
            Self::Batch | Self::NotJsonRpc => ErrorCode::INVALID_REQUEST,
        }
    }

    /// Returns the rule that rejects the body.
    pub(super) const fn rule(self) -> Rule {
        match self {
            Self::NotUtf8 | Self::NotJson | Self::NotJsonRpc => Rule::MessageMalformed,
            Self::Batch => Rule::MessageBatch,
        }
    }
}

impl<'b> Message<'b> {
    pub(super) fn parse(body: &'b [u8]) -> Result<Self, MessageError> {
        Self::parse_counted(body).map(|(message, _)| message)
    }

    /// Parses a message. Also returns an estimate of the bytes that it takes once rmcp has parsed it.
    pub(super) fn parse_counted(body: &'b [u8]) -> Result<(Self, usize), MessageError> {
        let body = std::str::from_utf8(body).map_err(|_| MessageError::NotUtf8)?;
        if body.trim_ascii_start().starts_with('[') {
            return Err(MessageError::Batch);
        }
        let budget = Budget::new();
        let mut deserializer = serde_json::Deserializer::from_str(body);
        let envelope = ReadEnvelope(&budget).deserialize(&mut deserializer).map_err(|_| MessageError::NotJson)?;
        deserializer.end().map_err(|_| MessageError::NotJson)?;
        let message = envelope.into_message(body).ok_or(MessageError::NotJsonRpc)?;
        Ok((message, budget.memory()))
    }

    /// Returns whether the message opens a legacy session.
    pub(super) fn is_initialize(&self) -> bool {
        matches!(self, Self::Request { method, .. } if method == "initialize")
    }

    /// Returns whether the message opens a stream of notifications.
    pub(super) fn subscribes(&self) -> bool {
        matches!(self, Self::Request { method, .. } if method == "subscriptions/listen")
    }

    /// Returns whether the message calls a tool.
    pub(super) fn calls_tool(&self) -> bool {
        matches!(self, Self::Request { method, .. } if method == "tools/call")
    }

    /// Returns the id for the response.
    pub(super) fn id(&self) -> RequestId {
        match self {
            Self::Request { id: Scalar::Integer(id), .. } => RequestId::Integer(*id),
            Self::Request { id: Scalar::Text(id), .. } => RequestId::Text(id.as_ref().to_owned()),
            Self::Request { id: Scalar::Other, .. } | Self::Notification { .. } | Self::Response => RequestId::Unknown,
        }
    }
}

#[derive(Default)]
struct Envelope<'b> {
    jsonrpc: Option<Scalar<'b>>,
    id: Option<Scalar<'b>>,
    method: Option<Scalar<'b>>,
    params: Option<Params<'b>>,
    result: Option<()>,
    error: Option<()>,
}

impl<'b> Envelope<'b> {
    fn into_message(self, body: &'b str) -> Option<Message<'b>> {
        if !matches!(&self.jsonrpc, Some(Scalar::Text(version)) if version == "2.0") {
            return None;
        }
        let answers = self.result.is_some() || self.error.is_some();
        match (self.method, self.id) {
            // MCP allows strings and integers as ids.
            (Some(Scalar::Text(method)), Some(id)) if !answers && id != Scalar::Other => {
                let params = Params { message: body, ..self.params.unwrap_or_default() };
                Some(Message::Request { id, method, params })
            }
            (Some(Scalar::Text(method)), None) if !answers => Some(Message::Notification { method }),
            (None, _) if answers => Some(Message::Response),
            _ => None,
        }
    }
}

/// Stores a member. Rejects a second one of the same name.
fn once<T, E: Error>(slot: &mut Option<T>, value: T) -> Result<(), E> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(E::custom("a repeated member")),
    }
}

struct ReadEnvelope<'n>(&'n Budget);

impl<'de> DeserializeSeed<'de> for ReadEnvelope<'_> {
    type Value = Envelope<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ReadEnvelope<'_> {
    type Value = Envelope<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut envelope = Envelope::default();
        while let Some(name) = map.next_key_seed(Name)? {
            match name.as_ref() {
                "jsonrpc" => once(&mut envelope.jsonrpc, map.next_value_seed(ReadScalar(self.0))?)?,
                "id" => once(&mut envelope.id, map.next_value_seed(ReadScalar(self.0))?)?,
                "method" => once(&mut envelope.method, map.next_value_seed(ReadScalar(self.0))?)?,
                "params" => once(&mut envelope.params, map.next_value_seed(ReadParams(self.0))?)?,
                "result" => once(&mut envelope.result, map.next_value_seed(Skip(self.0))?)?,
                "error" => once(&mut envelope.error, map.next_value_seed(Skip(self.0))?)?,
                _ => map.next_value_seed(Skip(self.0))?,
            }
        }
        Ok(envelope)
    }
}

struct ReadParams<'n>(&'n Budget);

impl<'de> DeserializeSeed<'de> for ReadParams<'_> {
    type Value = Params<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ReadParams<'_> {
    type Value = Params<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object or null")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Params::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut params = Params::default();
        let (mut arguments, mut meta) = (None, None);
        while let Some(name) = map.next_key_seed(Name)? {
            match name.as_ref() {
                "name" => once(&mut params.name, map.next_value_seed(ReadScalar(self.0))?)?,
                "uri" => once(&mut params.uri, map.next_value_seed(ReadScalar(self.0))?)?,
                "taskId" => once(&mut params.task_id, map.next_value_seed(ReadScalar(self.0))?)?,
                "arguments" => once(&mut arguments, map.next_value_seed(Skip(self.0))?)?,
                "_meta" => once(&mut meta, map.next_value_seed(Skip(self.0))?)?,
                _ => map.next_value_seed(Skip(self.0))?,
            }
        }
        Ok(params)
    }
}

impl<'b> Params<'b> {
    /// Returns the subject of a request for this method, which the `Mcp-Name` header repeats: the name of the tool or
    /// prompt, the URI of the resource, or the id of the task.
    ///
    /// `None` if requests for this method have no subject, `Some(None)` if this request lacks it.
    pub(super) fn subject(&self, method: &str) -> Option<Option<&Cow<'b, str>>> {
        let member = match Method::of_request(method)?.subject {
            Subject::None => return None,
            Subject::Name => &self.name,
            Subject::Uri => &self.uri,
            Subject::TaskId => &self.task_id,
        };
        Some(match member {
            Some(Scalar::Text(text)) => Some(text),
            _ => None,
        })
    }

    /// Returns the trace context in `_meta` (SEP-414), if there is one. `None` if its members are not texts.
    pub(super) fn trace_fields(&self) -> Option<TraceFields> {
        #[derive(Deserialize)]
        struct WithMeta {
            #[serde(rename = "_meta")]
            meta: TraceFields,
        }

        // Most messages have none, and are not parsed again.
        self.message.contains("traceparent").then(|| self.read()).flatten().map(|WithMeta { meta }| meta)
    }

    /// Parses the params like rmcp does. `None` if they do not have this type.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Option<T> {
        #[derive(Deserialize)]
        struct Envelope<T> {
            params: T,
        }

        serde_json::from_str::<Envelope<T>>(self.message).ok().map(|Envelope { params }| params)
    }
}

/// Returns the method and the subject of a body, for benches and fuzz targets.
#[must_use]
pub fn peek(body: &[u8]) -> Option<(String, Option<String>)> {
    match Message::parse(body).ok()? {
        Message::Request { method, params, .. } => {
            let subject = params.subject(&method).flatten().map(|subject| subject.as_ref().to_owned());
            Some((method.into_owned(), subject))
        }
        Message::Notification { method } => Some((method.into_owned(), None)),
        Message::Response => None,
    }
}

#[cfg(test)]
mod tests;
