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
