//! Malformed requests: they get a clear answer, run no tool, and leave the server working.

use http::{Method, StatusCode};
use mcp_guard::settings::{Limits, Sessions};
use serde_json::json;

use crate::support::{Server, VERSIONS, call, call_in, raw, request_in};

fn body(members: &str) -> String {
    format!("{{\"jsonrpc\":\"2.0\",\"id\":1,{members}}}")
}

#[tokio::test]
async fn malformed_bodies_are_rejected() {
    let server = Server::start().await;
    let token = server.token("todo:read todo:write todo:delete");
    let call_write = body(r#""method":"tools/call","params":{"name":"write","arguments":{}}"#);
    let invalid_utf8 = [
        br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"write","arguments":{"x":""#,
        &b"\xff\"}}}"[..],
    ]
    .concat();
    for (case, body, code) in [
        ("nothing", Vec::new(), -32700),
        ("not JSON", b"write".to_vec(), -32700),
        ("half a body", call_write.as_bytes()[..40].to_vec(), -32700),
        ("a batch", format!("[{call_write}]").into_bytes(), -32600),
        ("a message and more", format!("{call_write}{call_write}").into_bytes(), -32700),
        ("invalid UTF-8", invalid_utf8, -32700),
        ("UTF-16", call_write.encode_utf16().flat_map(u16::to_le_bytes).collect(), -32700),
        (
            "method twice",
            body(r#""method":"tools/list","method":"tools/call","params":{"name":"write"}"#).into(),
            -32700,
        ),
        ("name twice", body(r#""method":"tools/call","params":{"name":"read","name":"write"}"#).into(), -32700),
        (
            "name twice, once escaped",
            body(r#""method":"tools/call","params":{"name":"read","n\u0061me":"write"}"#).into(),
            -32700,
        ),
        (
            "params twice",
            body(r#""method":"tools/call","params":{"name":"read"},"params":{"name":"write"}"#).into(),
            -32700,
        ),
        ("params as a list", body(r#""method":"tools/call","params":["write"]"#).into(), -32700),
        ("no version", br#"{"id":1,"method":"tools/call","params":{"name":"write"}}"#.to_vec(), -32600),
        (
            "a call as a notification",
            br#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"write"}}"#.to_vec(),
            -32601,
        ),
        ("a call without a name", body(r#""method":"tools/call","params":{}"#).into(), -32602),
        ("a name that is not a string", body(r#""method":"tools/call","params":{"name":["write"]}"#).into(), -32602),
    ] {
        let answer = server.send(raw(body).bearer(&token).build()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{case}: {answer:?}");
        assert_eq!(answer.json()["error"]["code"], code, "{case}");
        assert!(answer.header("www-authenticate").is_none(), "{case}");
    }
    assert_eq!(server.runs(), 0);
    assert_eq!(server.call("write", &token).await.status, StatusCode::OK, "the server still works");
}

/// Builds JSON that overflows the stack when it is parsed into a `serde_json::Value` with the `raw_value` feature.
fn stack_bomb(levels: usize) -> String {
    let mut text = "0".to_owned();
    for _ in 0..levels {
        let escaped = text.replace('\\', "\\u005c").replace('"', "\\u0022");
        text = format!("{}{{\"$serde_json::private::RawValue\":\"{escaped}\"}}{}", "[".repeat(100), "]".repeat(100));
    }
    text
}

#[tokio::test]
async fn stack_overflow_bodies_are_rejected() {
    let server = Server::start().await;
    let open = Server::start_mixed().await;
    let token = server.token("todo:read todo:write");
    let bomb = stack_bomb(15);
    for body in [
        body(&format!(r#""method":"tools/call","params":{{"name":"write","arguments":{{"x":{bomb}}}}}"#)),
        body(&format!(r#""method":"tools/list","params":{{"_meta":{{"x":{bomb}}}}}"#)),
        body(&format!(
            r#""method":"tools/call","params":{{"name":"write","arguments":{{"x":[{}0]}}}}"#,
            "0,".repeat(1_000_000)
        )),
        body(&format!(
            r#""method":"tools/call","params":{{"name":"write","arguments":{{"x":{}0{}}}}}"#,
            "[".repeat(200),
            "]".repeat(200)
        )),
    ] {
        let answer = server.send(raw(body.clone()).bearer(&token).build()).await;
        assert_eq!((answer.status, answer.json()["error"]["code"].clone()), (StatusCode::BAD_REQUEST, json!(-32700)));
        assert_eq!(server.send(raw(body.clone()).build()).await.status, StatusCode::UNAUTHORIZED, "without a token");
        assert_eq!(open.send(raw(body).build()).await.status, StatusCode::BAD_REQUEST, "where no token is required");
    }
    assert_eq!(server.call("write", &token).await.status, StatusCode::OK, "the server still works");
}

#[tokio::test]
async fn body_over_the_limit_gets_413() {
    let server = Server::start_with(|builder| builder.limits(Limits::new().max_body_bytes(1000))).await;
    let token = server.token("todo:write");
    let padded = |length: usize| {
        let mut body = call_in(VERSIONS[0], "write").body;
        body.resize(length, b' ');
        raw(body).bearer(&token)
    };
    let answer = server.send(padded(1001).build()).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.json()["error"]["message"].as_str().unwrap().contains("1000"));
    let lying = server.send(padded(1001).header("content-length", "10").build()).await;
    assert_eq!(lying.status, StatusCode::PAYLOAD_TOO_LARGE, "the body counts, not its Content-Length");
    assert_ne!(server.send(padded(1000).build()).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let without = server.send(padded(1001).without("authorization").build()).await;
    assert_eq!(without.status, StatusCode::UNAUTHORIZED, "the token is checked first");
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn mismatched_headers_are_rejected() {
    let server = Server::start().await;
    let low = server.token("todo:read");
    let full = server.token("todo:read todo:write todo:delete");
    for token in [&low, &full] {
        for (case, post) in [
            ("another tool", call("write").set("mcp-name", "read")),
            ("another method", call("write").set("mcp-method", "tools/list")),
            ("no name", call("write").without("mcp-name")),
            ("no method", call("write").without("mcp-method")),
            ("the name twice", call("write").header("mcp-name", "write")),
            ("two names", call("write").header("mcp-name", "read")),
            ("base64 of another tool", call("write").set("mcp-name", "=?base64?cmVhZA==?=")),
            ("not base64", call("write").set("mcp-name", "=?base64?*?=")),
        ] {
            let answer = server.send(post.bearer(token).build()).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{case}: {answer:?}");
            assert_eq!(answer.json()["error"]["code"], -32020, "{case}");
            assert_eq!(answer.json()["id"], 7, "{case}");
        }
    }
    assert_eq!(server.runs(), 0);
    let encoded = call("write").set("mcp-name", "=?base64?d3JpdGU=?=").bearer(&full);
    assert_eq!(server.send(encoded.build()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn older_revisions_ignore_method_headers() {
    let server = Server::start_with(|builder| builder.sessions(Sessions::new().legacy(false))).await;
    let low = server.token("todo:read");
    for version in [Some("2025-06-18"), Some("2025-11-25"), Some("2025-03-26"), None] {
        let mut post = call_in(VERSIONS[0], "write")
            .without("mcp-protocol-version")
            .header("mcp-method", "tools/list")
            .header("mcp-name", "read");
        if let Some(version) = version {
            post = post.header("mcp-protocol-version", version);
        }
        let answer = server.send(post.bearer(&low).build()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{version:?}: {answer:?}");
    }
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn mismatched_revision_is_rejected() {
    let server = Server::start().await;
    let full = server.token("todo:read todo:write");
    for post in [
        call("write").without("mcp-protocol-version"),
        call("write").set("mcp-protocol-version", "2025-06-18"),
        call_in(VERSIONS[0], "write").set("mcp-protocol-version", "2026-07-28"),
        call("write").set("mcp-protocol-version", "9999-01-01"),
        call("write").set("mcp-protocol-version", "nonsense"),
    ] {
        let answer = server.send(post.bearer(&full).build()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{answer:?}");
    }
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn unknown_methods_are_rejected() {
    let server = Server::start_with(|builder| builder.sessions(Sessions::new().legacy(false))).await;
    let full = server.token("todo:read todo:write todo:delete");
    let unknown = |version| request_in(version, "admin/everything", json!({}));
    let modern = server.send(unknown(VERSIONS[2]).bearer(&full).build()).await;
    assert_eq!((modern.status, modern.json()["error"]["code"].clone()), (StatusCode::NOT_FOUND, json!(-32601)));
    let legacy = server.send(unknown(VERSIONS[0]).bearer(&full).build()).await;
    assert_eq!((legacy.status, legacy.json()["error"]["code"].clone()), (StatusCode::OK, json!(-32601)));
    let anybody = server.send(unknown(VERSIONS[2]).build()).await;
    assert_eq!(anybody.status, StatusCode::UNAUTHORIZED);
    let poor = server.send(unknown(VERSIONS[2]).bearer(&server.token("other")).build()).await;
    assert_eq!(poor.status, StatusCode::FORBIDDEN);
    for method in ["prompts/list", "resources/list", "resources/templates/list", "tasks/list", "skills/list"] {
        let answer = server.send(request_in(VERSIONS[2], method, json!({})).bearer(&full).build()).await;
        assert_eq!(answer.json()["error"]["code"], -32601, "{method}: {answer:?}");
    }
}

#[tokio::test]
async fn unsupported_http_methods_get_405() {
    let server = Server::start().await;
    let token = server.token("todo:read");
    for method in [Method::PUT, Method::PATCH, Method::HEAD, Method::TRACE] {
        let answer = server.send(call("read").method(method.clone()).bearer(&token).build()).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        let answer = server.send(call("read").method(method.clone()).build()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} without a token");
    }
    for method in [Method::GET, Method::DELETE] {
        let stateless = call("read").method(method.clone()).header("last-event-id", "0").bearer(&token);
        assert_eq!(server.send(stateless.build()).await.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn only_the_exact_path_is_served() {
    let server = Server::start().await;
    let token = server.token("todo:write");
    for path in ["/mcp/", "/MCP", "//mcp", "/mcp/x", "/", "/%6dcp"] {
        let answer = server.send(call("write").uri(path).bearer(&token).build()).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn invalid_arguments_are_not_forbidden() {
    let server = Server::start().await;
    let post = request_in(VERSIONS[2], "tools/call", json!({"name": "write", "arguments": [1]}));
    let answer = server.send(post.bearer(&server.token("todo:write")).build()).await;
    assert_ne!(answer.status, StatusCode::FORBIDDEN, "{answer:?}");
    assert_eq!(server.runs(), 0);
}
