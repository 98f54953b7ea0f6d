//! Opaque tokens and their introspection (RFC 7662).

use mcp_guard_dev::DevAuthServer;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{RESOURCE, body, form, get, granted, send, started};

async fn server() -> DevAuthServer {
    started(DevAuthServer::builder().opaque_tokens().resource_server("todo server", "s:cret %")).await
}

async fn introspected(server: &DevAuthServer, token: &str) -> Value {
    let pairs = [("token", token), ("client_id", "todo server"), ("client_secret", "s:cret %")];
    let response = send(form(server.introspection_endpoint(), &pairs)).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["cache-control"], "no-store");
    body(response).await
}

#[tokio::test]
async fn issued_opaque_token_can_be_introspected() {
    let server = server().await;
    let pairs = [
        ("grant_type", "client_credentials"),
        ("client_id", "curl"),
        ("subject", "alice"),
        ("scope", "todo:read"),
        ("resource", RESOURCE),
    ];
    let token = granted(&server, &pairs).await["access_token"].as_str().unwrap().to_owned();
    assert!(!token.contains('.'), "{token}");
    let answer = introspected(&server, &token).await;
    for (name, value) in [
        ("active", json!(true)),
        ("iss", json!(server.issuer())),
        ("sub", json!("alice")),
        ("client_id", json!("curl")),
        ("scope", json!("todo:read")),
        ("aud", json!(RESOURCE)),
        ("token_type", json!("Bearer")),
    ] {
        assert_eq!(answer[name], value, "{name}");
    }
    server.revoke(&token);
    assert_eq!(introspected(&server, &token).await, json!({ "active": false }));
    assert_eq!(server.introspections(), 2);
}

#[tokio::test]
async fn unknown_or_expired_token_is_inactive() {
    let server = server().await;
    let expired = server.opaque_token(server.token().expires_in(-1));
    for token in ["made-up", &server.token().sign(), &expired] {
        assert_eq!(introspected(&server, token).await, json!({ "active": false }), "{token}");
    }
    let odd = server.opaque_token(server.token().claim("exp", "never").claim("token_type", "N_A"));
    let answer = introspected(&server, &odd).await;
    assert_eq!((&answer["exp"], &answer["token_type"]), (&json!("never"), &json!("N_A")));
}

#[tokio::test]
async fn introspection_requires_client_secret() {
    let server = server().await;
    let token = server.opaque_token(server.token());
    let token = token.as_str();
    for pairs in [
        vec![("token", token)],
        vec![("token", token), ("client_id", "todo server")],
        vec![("token", token), ("client_id", "todo server"), ("client_secret", "other")],
        vec![("token", token), ("client_id", "unknown"), ("client_secret", "s:cret %")],
    ] {
        let response = send(form(server.introspection_endpoint(), &pairs)).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{pairs:?}");
        assert_eq!(body(response).await["error"], "invalid_client", "{pairs:?}");
    }
    let encoded = send(
        form(server.introspection_endpoint(), &[("token", token)]).basic_auth("todo+server", Some("s%3Acret+%25")),
    )
    .await;
    assert_eq!(body(encoded).await["active"], true);
}

#[tokio::test]
async fn metadata_contains_introspection_endpoint() {
    let server = server().await;
    let metadata = body(get(&format!("{}/.well-known/oauth-authorization-server", server.issuer())).await).await;
    assert_eq!(metadata["introspection_endpoint"], server.introspection_endpoint());
    assert_eq!(
        metadata["introspection_endpoint_auth_methods_supported"],
        json!(["client_secret_basic", "client_secret_post"])
    );
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let builder = DevAuthServer::builder().resource_server("todo-server", "S3CRET");
    assert!(!format!("{builder:?}").contains("S3CRET"));
}
