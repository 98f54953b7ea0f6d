//! Parses the parts of a JSON-RPC message that the gate needs, without building a tree.

use std::borrow::Cow;
use std::fmt;

use rmcp::model::ErrorCode;
use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use crate::json::{Budget, Name, ReadScalar, Scalar, Skip};
use crate::operation::{Method, Subject};
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
mod tests {
    use proptest::prelude::*;
    use rmcp::model::{ClientJsonRpcMessage, ClientRequest};

    use super::*;

    fn call(params: &str) -> String {
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#)
    }

    fn subject_of(body: &str) -> Result<Option<String>, MessageError> {
        match Message::parse(body.as_bytes())? {
            Message::Request { method, params, .. } => {
                Ok(params.subject(&method).flatten().map(|subject| subject.as_ref().to_owned()))
            }
            other => panic!("no request: {other:?}"),
        }
    }

    #[test]
    fn call_is_identified_by_its_body() {
        for (params, subject) in [
            (r#"{"name":"add","arguments":{"name":"other"}}"#, Some("add")),
            (r#"{"arguments":{"name":"other"},"name":"add"}"#, Some("add")),
            (r#"{"name":"\u0061dd"}"#, Some("add")),
            (r#"{"n\u0061me":"add"}"#, Some("add")),
            (r#"{"Name":"add"}"#, None),
            (r#"{"name":7}"#, None),
            (r#"{"name":null}"#, None),
            ("{}", None),
            ("null", None),
        ] {
            assert_eq!(subject_of(&call(params)), Ok(subject.map(str::to_owned)), "{params}");
        }
    }

    #[test]
    fn subject_of_a_request_depends_on_its_method() {
        let params = r#"{"name":"n","uri":"u","taskId":"t"}"#;
        for (method, subject) in [
            ("tools/call", Some(Some("n"))),
            ("prompts/get", Some(Some("n"))),
            ("resources/read", Some(Some("u"))),
            ("resources/subscribe", Some(Some("u"))),
            ("resources/unsubscribe", Some(Some("u"))),
            ("tasks/get", Some(Some("t"))),
            ("tasks/update", Some(Some("t"))),
            ("tasks/cancel", Some(Some("t"))),
            ("tools/list", None),
        ] {
            let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
            let Message::Request { params, .. } = Message::parse(body.as_bytes()).unwrap() else { panic!("{body}") };
            assert_eq!(params.subject(method).map(|s| s.map(AsRef::as_ref)), subject, "{method}");
        }
    }

    #[test]
    fn malformed_messages_are_rejected() {
        use MessageError::{Batch, NotJson, NotJsonRpc};
        for (body, error) in [
            ("", NotJson),
            ("{", NotJson),
            ("7", NotJson),
            ("\"text\"", NotJson),
            ("null", NotJson),
            ("[]", Batch),
            (r#"  [{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, Batch),
            (r#"["2.0",1,"tools/call",["add"]]"#, Batch),
            (r#"{"jsonrpc":"2.0","id":1,"method":"a"} {}"#, NotJson),
            (r#"{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}"#, NotJson),
            (r#"{"jsonrpc":"2.0","id":1,"method":"a","m\u0065thod":"b"}"#, NotJson),
            (r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"a"}"#, NotJson),
            (r#"{"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"method":"a"}"#, NotJson),
            (r#"{"jsonrpc":"2.0","id":1,"result":{},"result":{}}"#, NotJson),
            (r#"{"jsonrpc":"2.0","id":1,"error":{},"error":{}}"#, NotJson),
            (r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"uri":"a","uri":"b"}}"#, NotJson),
            (r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"taskId":"a","taskId":"b"}}"#, NotJson),
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{},"params":{"name":"a"}}"#, NotJson),
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}"#, NotJson),
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["a"]}"#, NotJson),
            (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, NotJsonRpc),
            (r#"{"id":1,"method":"a"}"#, NotJsonRpc),
            (r#"{"jsonrpc":"1.0","id":1,"method":"a"}"#, NotJsonRpc),
            (r#"{"jsonrpc":"2.0","id":null,"method":"a"}"#, NotJsonRpc),
            (r#"{"jsonrpc":"2.0","id":1.5,"method":"a"}"#, NotJsonRpc),
            (r#"{"jsonrpc":"2.0","id":{},"method":"a"}"#, NotJsonRpc),
            (r#"{"jsonrpc":"2.0","id":1}"#, NotJsonRpc),
            (r#"{"jsonrpc":"2.0","id":1,"method":"a","result":{}}"#, NotJsonRpc),
            (r#"{"jsonrpc":"2.0","method":"a","error":{}}"#, NotJsonRpc),
        ] {
            assert_eq!(Message::parse(body.as_bytes()).err(), Some(error), "{body}");
        }
        let invalid =
            [br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","x":""#, &b"\xff\"}}"[..]].concat();
        assert_eq!(Message::parse(&invalid).err(), Some(MessageError::NotUtf8));
    }

    #[test]
    fn messages_harmful_to_rmcp_are_rejected() {
        let bomb = crate::json::stack_bomb(15);
        for body in [
            call(&format!("{{\"name\":\"a\",\"arguments\":{{\"x\":{bomb}}}}}")),
            call(&format!("{{\"name\":\"a\",\"_meta\":{{\"x\":{bomb}}}}}")),
            call(&format!("{{\"name\":{bomb}}}")),
            call(&format!("{{\"name\":\"a\",\"other\":{bomb}}}")),
            format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{bomb}}}"),
            format!("{{\"jsonrpc\":\"2.0\",\"id\":{bomb},\"method\":\"ping\"}}"),
            format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"extra\":{bomb}}}"),
            call(&format!("{{\"name\":\"a\",\"arguments\":{{\"x\":[{}0]}}}}", "0,".repeat(200_000))),
            call(r#"{"name":"a","arguments":{},"arguments":{}}"#),
            call(r#"{"name":"a","_meta":{},"_meta":{}}"#),
        ] {
            assert_eq!(Message::parse(body.as_bytes()).err(), Some(MessageError::NotJson), "{}", &body[..60]);
        }
    }

    #[test]
    fn notifications_and_responses_are_not_requests() {
        let parse = |body: &'static str| Message::parse(body.as_bytes()).unwrap();
        assert!(matches!(parse(r#"{"jsonrpc":"2.0","method":"tools/call"}"#), Message::Notification { .. }));
        assert!(matches!(parse(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#), Message::Response));
        assert!(matches!(parse(r#"{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}}"#), Message::Response));
    }

    proptest! {
        /// If rmcp dispatches a message as a tool call, the gate must have authorized the same tool or rejected the
        /// message.
        #[test]
        fn rmcp_dispatches_the_tool_that_the_gate_authorized(
            members in proptest::collection::vec((0..9_usize, 0..8_usize), 0..8),
            inner in proptest::collection::vec((0..6_usize, 0..6_usize), 0..5),
        ) {
            let names = ["jsonrpc", "id", "method", "params", "result", "m\\u0065thod", "error", "extra", "p\\u0061rams"];
            let inner_names = ["name", "n\\u0061me", "arguments", "_meta", "uri", "x"];
            let inner_values = ["\"a\"", "\"b\"", "{}", "null", "7", "[\"a\"]"];
            let params: Vec<String> =
                inner.iter().map(|(n, v)| format!("\"{}\":{}", inner_names[*n], inner_values[*v])).collect();
            let params = format!("{{{}}}", params.join(","));
            let values = ["\"2.0\"", "1", "\"tools/call\"", params.as_str(), "null", "\"tools/list\"", "[]", "{}"];
            let mut body: Vec<String> = vec![];
            for (i, fixed) in ["\"jsonrpc\":\"2.0\"", "\"id\":1", "\"method\":\"tools/call\""].iter().enumerate() {
                if members.get(i).is_none_or(|m| m.0 % 3 != 0) {
                    body.push((*fixed).to_owned());
                }
            }
            body.push(format!("\"params\":{params}"));
            body.extend(members.iter().map(|(n, v)| format!("\"{}\":{}", names[*n], values[*v])));
            let body = format!("{{{}}}", body.join(","));
            if let Ok(ClientJsonRpcMessage::Request(request)) = serde_json::from_str::<ClientJsonRpcMessage>(&body)
                && let ClientRequest::CallToolRequest(call) = request.request
                && let Ok(message) = Message::parse(body.as_bytes())
            {
                let Message::Request { method, params, .. } = message else { panic!("{body}") };
                prop_assert_eq!(method.as_ref(), "tools/call");
                let subject = params.subject("tools/call").flatten();
                prop_assert_eq!(subject.map(AsRef::as_ref), Some(call.params.name.as_ref()));
            }
        }

        #[test]
        fn arbitrary_bytes_are_parsed_or_rejected(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Message::parse(&body).is_ok();
        }
    }
}
