use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::*;

async fn json_of(response: Response<Body>) -> Value {
    serde_json::from_slice(&response.into_body().collect().await.unwrap().to_bytes()).unwrap()
}

fn call(path: &str, tool: &str, token: &str) -> Request<Body> {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    });
    let params = json!({"name": tool, "arguments": {}, "_meta": meta});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    Request::post(path)
        .header("host", "127.0.0.1:8080")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", tool)
        .body(Body::from(body.to_string()))
        .unwrap()
}

#[tokio::test]
async fn each_server_accepts_only_tokens_of_its_issuer() {
    let notes_issuer = DevAuthServer::builder().default_audience(NOTES).start().await.unwrap();
    let calendar_issuer = DevAuthServer::builder().default_audience(CALENDAR).start().await.unwrap();
    let app = app(notes_issuer.issuer(), calendar_issuer.issuer()).await.unwrap();
    let notes = notes_issuer.token().audience(NOTES).scope("notes:read").sign();
    let calendar = calendar_issuer.token().audience(CALENDAR).scope("calendar:read").sign();

    for (path, tool, token, status) in [
        ("/notes/mcp", "read_notes", &notes, StatusCode::OK),
        ("/calendar/mcp", "read_calendar", &calendar, StatusCode::OK),
        ("/notes/mcp", "read_notes", &calendar, StatusCode::UNAUTHORIZED),
        ("/calendar/mcp", "read_calendar", &notes, StatusCode::UNAUTHORIZED),
    ] {
        let response = app.clone().oneshot(call(path, tool, token)).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
    }
    for (path, resource, issuer) in
        [("notes", NOTES, notes_issuer.issuer()), ("calendar", CALENDAR, calendar_issuer.issuer())]
    {
        let uri = format!("/.well-known/oauth-protected-resource/{path}/mcp");
        let request = Request::get(uri).header("host", "127.0.0.1:8080").body(Body::empty()).unwrap();
        let metadata = json_of(app.clone().oneshot(request).await.unwrap()).await;
        assert_eq!(metadata["resource"], resource);
        assert_eq!(metadata["authorization_servers"], json!([issuer]));
    }
    for path in ["/", "/health"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        assert_eq!(app.clone().oneshot(request).await.unwrap().status(), StatusCode::OK, "{path}");
    }
}
