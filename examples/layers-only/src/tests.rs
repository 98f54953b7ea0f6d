use http_body_util::Empty;
use serde_json::{Value, json};
use tower::Service as _;

use super::*;

type TestService = BoxCloneSyncService<Request<Full<Bytes>>, Answer, Infallible>;

async fn send(service: &mut TestService, request: http::request::Builder, body: String) -> (StatusCode, String, Value) {
    let request = request.header("host", "127.0.0.1:8080").body(Full::from(body)).unwrap();
    let response = service.ready().await.unwrap().call(request).await.unwrap();
    let challenge = response.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, challenge.unwrap_or_default(), serde_json::from_slice(&body).unwrap_or_default())
}

async fn call(service: &mut TestService, token: &str) -> (StatusCode, String, Value) {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    });
    let params = json!({"name": "read_notes", "arguments": {}, "_meta": meta});
    let request = Request::post("/mcp")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", "read_notes");
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    send(service, request, body.to_string()).await
}

#[tokio::test]
async fn layers_guard_a_service_without_axum() {
    let issuer = DevAuthServer::builder().default_audience(RESOURCE).start().await.unwrap();
    let mut service: TestService = server(issuer.issuer()).await.unwrap();
    let token = |scope: &str| issuer.token().audience(RESOURCE).scope(scope).sign();

    assert_eq!(call(&mut service, &token("notes:read")).await.0, StatusCode::OK);
    let (status, challenge, _) = call(&mut service, &token("notes:write")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(challenge.contains(r#"error="insufficient_scope", scope="notes:read""#), "{challenge}");
    let (status, challenge, _) = call(&mut service, "x.y.z").await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);

    // The challenge leads to the metadata.
    let path = "/.well-known/oauth-protected-resource/mcp";
    assert!(challenge.contains(&format!(r#"resource_metadata="http://127.0.0.1:8080{path}""#)), "{challenge}");
    let (status, _, metadata) = send(&mut service, Request::get(path), String::new()).await;
    assert_eq!((status, &metadata["authorization_servers"]), (StatusCode::OK, &json!([issuer.issuer()])));
    let (status, ..) = send(&mut service, Request::post(path), String::new()).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(send(&mut service, Request::get("/"), String::new()).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn other_body_types_are_accepted() {
    let issuer = DevAuthServer::builder().default_audience(RESOURCE).start().await.unwrap();
    let service = server::<Empty<Bytes>>(issuer.issuer()).await.unwrap();
    let request = Request::post("/mcp").header("host", "127.0.0.1:8080").body(Empty::new()).unwrap();
    assert_eq!(service.oneshot(request).await.unwrap().status(), StatusCode::UNAUTHORIZED);
}
