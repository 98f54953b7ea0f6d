//! The endpoints that are open to all callers.

use http::{Method, StatusCode};
use mcp_guard::settings::{Observation, ResourceMetadata};
use serde_json::json;

use crate::support::{RESOURCE, Server, raw};

fn get(path: &str) -> crate::support::Post {
    raw("").method(Method::GET).uri(path)
}

#[tokio::test]
async fn metadata_is_at_the_path_inserted_url() {
    let server = Server::start_with(|builder| builder.metadata(ResourceMetadata::new().name("Test"))).await;
    let answer = server.send(get("/.well-known/oauth-protected-resource/mcp").build()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=3600"));
    assert_eq!(
        answer.json(),
        json!({
            "resource": RESOURCE,
            "authorization_servers": [server.issuer.issuer()],
            "scopes_supported": ["todo:read"],
            "bearer_methods_supported": ["header"],
            "resource_name": "Test",
        })
    );
    let root = server.send(get("/.well-known/oauth-protected-resource").build()).await;
    assert_eq!(root.status, StatusCode::NOT_FOUND);
    let page = get("/.well-known/oauth-protected-resource/mcp").header("origin", "https://anywhere.example.com");
    assert_eq!(
        server.send(page.build()).await.header("access-control-allow-origin"),
        Some("*"),
        "all pages can read it"
    );
    let rebound = get("/.well-known/oauth-protected-resource/mcp").set("host", "evil.example.com");
    assert_eq!(server.send(rebound.build()).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn health_distinguishes_liveness_from_readiness() {
    let server = Server::start().await.without_reference();
    // Container probes use the IP address as the host.
    let probe = |path| get(path).set("host", "10.0.0.7:8080");
    let alive = server.send(probe("/health").build()).await;
    assert_eq!((alive.status, alive.json()), (StatusCode::OK, json!({"status": "ok"})));
    let ready = server.send(probe("/health/ready").build()).await;
    assert_eq!(ready.status, StatusCode::OK);
    assert_eq!(ready.json()["ready"], true);
    assert_eq!(ready.json()["issuer_reachable"], true);
    assert!(ready.json()["keys_age_seconds"].is_u64());

    let without = Server::start_with(|builder| builder.observation(Observation::new().without_health())).await;
    assert_eq!(without.send(get("/health").build()).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn merged_router_guards_only_its_own_routes() {
    let server = Server::start().await;
    let app = axum::Router::new().route("/own", axum::routing::get(|| async { "mine" })).merge(server.router.clone());
    let server = Server { router: app, reference: None, ..server };
    assert_eq!(server.send(get("/own").set("host", "anything").build()).await.text, "mine");
    assert_eq!(server.send(crate::support::call("read").build()).await.status, StatusCode::UNAUTHORIZED);
}
