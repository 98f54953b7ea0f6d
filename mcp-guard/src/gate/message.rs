//! A look at a JSON-RPC message: what it asks for, without building a tree of it.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::Deserializer;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::Visitor;
use serde::de::value::MapAccessDeserializer;
use serde_json::value::RawValue;

use crate::answer::RequestId;

/// One JSON-RPC message, as far as the gate needs to know it.
#[derive(Debug)]
pub(super) enum Message<'b> {
    Request {
        id: &'b RawValue,
        method: Cow<'b, str>,
        params: Params<'b>,
    },
    Notification {
        method: Cow<'b, str>,
    },
    /// The client's answer to a request of the server (legacy sessions only).
    Response,
}

/// The members of `params` that name what a request is about.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Params<'b> {
    #[serde(borrow)]
    name: Option<&'b RawValue>,
    #[serde(borrow)]
    uri: Option<&'b RawValue>,
    #[serde(borrow, rename = "taskId")]
    task_id: Option<&'b RawValue>,
}

/// Why a body is not one JSON-RPC message. The texts are fixed: nothing of the body comes back.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum NotAMessage {
    #[error("the body is not valid UTF-8")]
    NotUtf8,
    #[error("the body is not valid JSON, repeats a member, or has a member of the wrong type")]
    NotJson,
    #[error("the body is a JSON-RPC batch: send one message in each request")]
    Batch,
    #[error("the body is not one JSON-RPC 2.0 message")]
    NotJsonRpc,
}

impl NotAMessage {
    /// The code of JSON-RPC 2.0 section 5.1.
    pub(super) const fn code(self) -> i32 {
        match self {
            Self::NotUtf8 | Self::NotJson => -32700,
            Self::Batch | Self::NotJsonRpc => -32600,
        }
    }
}

#[derive(Deserialize)]
struct Envelope<'b> {
    #[serde(borrow)]
    jsonrpc: Option<Cow<'b, str>>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'b RawValue>,
    #[serde(borrow)]
    method: Option<Cow<'b, str>>,
    #[serde(borrow)]
    params: Option<Object<Params<'b>>>,
    #[serde(default)]
    result: Option<IgnoredAny>,
    #[serde(default)]
    error: Option<IgnoredAny>,
}

/// A member that is there, `null` included: an `id` of `null` is not the same as none.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// A `T` that is written as a JSON object. serde would take an array for a struct as well, and rmcp would not.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OnlyMap<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for OnlyMap<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(OnlyMap(PhantomData))
    }
}

impl<'b> Message<'b> {
    pub(super) fn parse(body: &'b [u8]) -> Result<Self, NotAMessage> {
        let body = std::str::from_utf8(body).map_err(|_| NotAMessage::NotUtf8)?;
        if body.trim_ascii_start().starts_with('[') {
            return Err(NotAMessage::Batch);
        }
        let Object(envelope) = serde_json::from_str::<Object<Envelope<'_>>>(body).map_err(|_| NotAMessage::NotJson)?;
        if envelope.jsonrpc.as_deref() != Some("2.0") {
            return Err(NotAMessage::NotJsonRpc);
        }
        let answers = envelope.result.is_some() || envelope.error.is_some();
        match (envelope.method, envelope.id) {
            (Some(method), Some(id)) if !answers && is_request_id(id) => {
                let params = envelope.params.map(|Object(params)| params).unwrap_or_default();
                Ok(Self::Request { id, method, params })
            }
            (Some(method), None) if !answers => Ok(Self::Notification { method }),
            (None, _) if answers => Ok(Self::Response),
            _ => Err(NotAMessage::NotJsonRpc),
        }
    }
}

impl Message<'_> {
    /// The id that an answer must carry.
    pub(super) fn id(&self) -> RequestId {
        match self {
            Self::Request { id, .. } => Some((*id).to_owned()),
            Self::Notification { .. } | Self::Response => None,
        }
    }
}

/// MCP allows texts and whole numbers.
fn is_request_id(id: &RawValue) -> bool {
    let id = id.get();
    id.starts_with('"') || id.parse::<i64>().is_ok()
}

impl Params<'_> {
    /// What a request of this method is about, as `Mcp-Name` mirrors it: the tool or prompt, the resource, the task.
    ///
    /// `None`: requests of this method are about nothing in particular. `Some(None)`: this one should say, and does not.
    pub(super) fn subject(&self, method: &str) -> Option<Option<Cow<'_, str>>> {
        let member = match method {
            "tools/call" | "prompts/get" => self.name,
            "resources/read" | "resources/subscribe" | "resources/unsubscribe" => self.uri,
            "tasks/get" | "tasks/update" | "tasks/cancel" => self.task_id,
            _ => return None,
        };
        Some(member.and_then(|member| serde_json::from_str::<Text<'_>>(member.get()).ok()).map(|Text(text)| text))
    }
}

#[derive(Deserialize)]
struct Text<'t>(#[serde(borrow)] Cow<'t, str>);

/// For benches and fuzzing: the method and the subject of a body.
#[must_use]
pub fn peek(body: &[u8]) -> Option<(String, Option<String>)> {
    match Message::parse(body).ok()? {
        Message::Request { method, params, .. } => {
            let subject = params.subject(&method).flatten().map(Cow::into_owned);
            Some((method.into_owned(), subject))
        }
        Message::Notification { method } => Some((method.into_owned(), None)),
        Message::Response => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rmcp::model::ClientJsonRpcMessage;
    use rmcp::model::ClientRequest;

    use super::*;

    fn call(params: &str) -> String {
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#)
    }

    fn subject_of(body: &str) -> Result<Option<String>, NotAMessage> {
        match Message::parse(body.as_bytes())? {
            Message::Request { method, params, .. } => Ok(params.subject(&method).flatten().map(Cow::into_owned)),
            other => panic!("no request: {other:?}"),
        }
    }

    #[test]
    fn a_call_is_known_by_its_body() {
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
    fn what_is_not_one_message() {
        use NotAMessage::Batch;
        use NotAMessage::NotJson;
        use NotAMessage::NotJsonRpc;
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
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{},"params":{"name":"a"}}"#, NotJson),
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"b"}}"#, NotJson),
            (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["a"]}"#, NotJson),
            (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, NotJson),
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
        assert_eq!(Message::parse(&invalid).err(), Some(NotAMessage::NotUtf8));
    }

    #[test]
    fn arguments_nested_without_end_are_skipped_and_not_descended_into() {
        let deep = call(&format!("{{\"name\":\"a\",\"arguments\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000)));
        assert_eq!(subject_of(&deep), Ok(Some("a".to_owned())));
        assert!(serde_json::from_str::<ClientJsonRpcMessage>(&deep).is_err(), "rmcp refuses it");
    }

    #[test]
    fn notifications_and_responses_are_told_apart_from_requests() {
        let parse = |body: &'static str| Message::parse(body.as_bytes()).unwrap();
        assert!(matches!(parse(r#"{"jsonrpc":"2.0","method":"tools/call"}"#), Message::Notification { .. }));
        assert!(matches!(parse(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#), Message::Response));
        assert!(matches!(parse(r#"{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}}"#), Message::Response));
    }

    proptest! {
        /// Whatever rmcp would dispatch as a call of a tool, the gate sees as a call of the same tool, or refuses.
        #[test]
        fn rmcp_never_dispatches_another_tool_than_the_gate_saw(
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
                prop_assert_eq!(subject.as_deref(), Some(call.params.name.as_ref()));
            }
        }

        #[test]
        fn any_bytes_parse_or_are_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Message::parse(&body).is_ok();
        }
    }
}
