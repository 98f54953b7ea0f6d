//! Requests of web pages: CORS, `Origin` and `Host`.

use http::{Method, StatusCode};

use crate::support::{Server, call, raw};

const APP: &str = "https://app.example.com";

#[tokio::test]
async fn preflight_requires_no_token_and_lists_headers() {
    let server = Server::start().await;
    let preflight = raw("")
        .method(Method::OPTIONS)
        .header("origin", APP)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,mcp-protocol-version");
    let answer = server.send(preflight.build()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("access-control-allow-origin"), Some(APP));
    assert!(answer.header("access-control-allow-credentials").is_none(), "tokens are not cookies");
    let allowed = answer.header("access-control-allow-headers").unwrap();
    for name in [
        "authorization",
        "content-type",
        "accept",
        "mcp-protocol-version",
        "mcp-session-id",
        "mcp-method",
        "mcp-name",
        "last-event-id",
    ] {
        assert!(allowed.split(',').any(|a| a == name), "{name} in {allowed}");
    }
    let methods = answer.header("access-control-allow-methods").unwrap();
    for method in ["GET", "POST", "DELETE"] {
        assert!(methods.contains(method), "{methods}");
    }
}

#[tokio::test]
async fn pages_can_read_error_responses() {
    let server = Server::start().await;
    let low = server.token("todo:read");
    for (post, status) in [
        (call("read"), StatusCode::UNAUTHORIZED),
        (call("write").bearer(&low), StatusCode::FORBIDDEN),
        (call("read").bearer("a b"), StatusCode::BAD_REQUEST),
        (call("read").bearer(&low), StatusCode::OK),
    ] {
        let answer = server.send(post.header("origin", APP).build()).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("access-control-allow-origin"), Some(APP), "{status}");
        let exposed = answer.header("access-control-expose-headers").unwrap();
        for name in ["www-authenticate", "mcp-session-id", "retry-after"] {
            assert!(exposed.split(',').any(|e| e == name), "{name} in {exposed}");
        }
    }
}

#[tokio::test]
async fn foreign_origin_or_host_gets_403_without_challenge() {
    let server = Server::start().await;
    let token = server.token("todo:read");
    for (case, post) in [
        ("origin", call("read").header("origin", "https://evil.example.com")),
        ("null origin", call("read").header("origin", "null")),
        ("two origins", call("read").header("origin", APP).header("origin", APP)),
        ("host", call("read").set("host", "evil.example.com")),
        ("two hosts", call("read").header("host", "todo.example.com")),
        ("no host", call("read").without("host")),
        ("preflight", call("read").method(Method::OPTIONS).header("origin", "https://evil.example.com")),
    ] {
        let answer = server.send(post.bearer(&token).build()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{case}");
        assert!(answer.header("www-authenticate").is_none(), "{case}");
        assert!(answer.header("access-control-allow-origin").is_none(), "{case}");
    }
    assert_eq!(server.runs(), 0);
}
