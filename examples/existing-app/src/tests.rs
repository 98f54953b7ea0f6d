use axum::body::Body;
use axum::http::{Method, Request};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;

struct Answer {
    status: StatusCode,
    challenge: String,
    text: String,
}

async fn send(app: &Router, request: axum::http::request::Builder, body: impl Into<Body>) -> Answer {
    let request = request.header("host", "127.0.0.1:8080").header("content-type", "application/json");
    let response = app.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let challenge = response.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
    Answer {
        status: response.status(),
        challenge: challenge.unwrap_or_default(),
        text: String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap(),
    }
}

async fn rest(app: &Router, method: Method, token: &str, body: Value) -> Answer {
    let request = Request::builder().method(method).uri("/api/notes");
    send(app, request.header("authorization", format!("Bearer {token}")), body.to_string()).await
}

async fn call(app: &Router, tool: &str, token: &str) -> Answer {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    });
    let params = json!({"name": tool, "arguments": {}, "_meta": meta});
    let request = Request::post("/mcp")
        .header("authorization", format!("Bearer {token}"))
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", tool);
    send(app, request, json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string()).await
}

#[tokio::test]
async fn rest_and_tools_share_tokens_and_notes() {
    let issuer = DevAuthServer::builder().default_audience(RESOURCE).start().await.unwrap();
    let store = Store::open("sqlite::memory:").await.unwrap();
    let mut server = mcp_server(issuer.issuer(), &store).await.unwrap();
    let started = server.start().await.unwrap();
    let app = app(server, AppState { store: store.clone() });
    let token = |scope: &str| issuer.token().audience(RESOURCE).scope(scope).sign();
    let [reader, writer] = [token("notes:read"), token("notes:write")];

    // A note that the REST API adds is visible to the tool, because `notes:write` includes `notes:read`.
    let added = rest(&app, Method::POST, &writer, json!({"text": "milk"})).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text);
    let listed = call(&app, "list_notes", &writer).await;
    assert_eq!(listed.status, StatusCode::OK, "{}", listed.text);
    assert!(listed.text.contains("milk"), "{}", listed.text);
    assert_eq!(rest(&app, Method::GET, &writer, Value::Null).await.text, r#"["milk"]"#);

    // Both reject with the same challenge.
    let refused =
        [rest(&app, Method::POST, &reader, json!({"text": "tea"})).await, call(&app, "add_note", &reader).await];
    for answer in refused {
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.challenge.contains(r#"error="insufficient_scope""#), "{}", answer.challenge);
        assert!(answer.challenge.contains(r#"scope="notes:write""#), "{}", answer.challenge);
    }
    for answer in [rest(&app, Method::GET, "x.y.z", Value::Null).await, call(&app, "list_notes", "x.y.z").await] {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.challenge.contains("/.well-known/oauth-protected-resource/mcp"), "{}", answer.challenge);
    }

    // The application's own routes are as before.
    for (path, status) in [("/", StatusCode::OK), ("/health", StatusCode::OK), ("/nothing", StatusCode::NOT_FOUND)] {
        assert_eq!(send(&app, Request::get(path), "").await.status, status, "{path}");
    }
    started.stop().await;
    assert!(store.clean().await.is_err(), "the stop hook closed the database");
}
