//! Fuzzes request bodies. rmcp and serde_json must read every accepted body in the same way as the gate.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rmcp::model::ClientJsonRpcMessage;
use serde_json::Value;

/// Reads the name or URI that a request is about.
fn subject<'v>(method: &str, message: &'v Value) -> Option<&'v str> {
    let member = match method {
        "tools/call" | "prompts/get" => "name",
        "resources/read" | "resources/subscribe" | "resources/unsubscribe" => "uri",
        "tasks/get" | "tasks/update" | "tasks/cancel" => "taskId",
        _ => return None,
    };
    message["params"][member].as_str()
}

fuzz_target!(|body: &[u8]| {
    let peeked = mcp_guard::fuzzing::peek(body);
    if let Some((method, about)) = &peeked {
        let text = std::str::from_utf8(body).expect("an accepted body is UTF-8");
        assert!(mcp_guard::fuzzing::is_safe(text), "an accepted body is not safe to parse");
        let message: Value = serde_json::from_str(text).expect("an accepted body is JSON");
        assert_eq!(message["jsonrpc"], "2.0");
        assert_eq!(message["method"], method.as_str());
        if message.get("id").is_some() {
            assert_eq!(subject(method, &message), about.as_deref());
        }
        // The message that rmcp would dispatch, serialized again by rmcp.
        if let Ok(dispatched) = serde_json::from_slice::<ClientJsonRpcMessage>(body) {
            assert!(!matches!(dispatched, ClientJsonRpcMessage::Response(_) | ClientJsonRpcMessage::Error(_)));
            let dispatched = serde_json::to_value(&dispatched).expect("a message");
            assert_eq!(dispatched["method"], method.as_str());
            if message.get("id").is_some() {
                assert_eq!(subject(method, &dispatched), about.as_deref());
                assert_eq!(dispatched["id"], message["id"]);
            }
        }
    } else if let Ok(text) = std::str::from_utf8(body)
        && mcp_guard::fuzzing::is_safe(text)
    {
        // Rejected bodies have no reference, but parsing them must be safe.
        let _ = serde_json::from_str::<Value>(text).expect("a safe body is JSON");
    }
});
