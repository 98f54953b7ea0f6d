use mcp_guard_dev::{DevAuthServer, SigningAlgorithm, SigningKey};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Pairs, RESOURCE, body, claims, code, exchange, form, send, start};

const CREDENTIALS: Pairs<'_> = &[("grant_type", "client_credentials"), ("client_id", "curl"), ("resource", RESOURCE)];

fn key() -> SigningKey {
    SigningKey::generate(SigningAlgorithm::Es256)
}

/// Sends a token request with this proof.
async fn token(server: &DevAuthServer, pairs: Pairs<'_>, proof: &str) -> (StatusCode, Value) {
    let response = send(form(server.token_endpoint(), pairs).header("dpop", proof)).await;
    (response.status(), body(response).await)
}

#[tokio::test]
async fn token_is_bound_to_proof_key() {
    let (server, key) = (start().await, key());
    let proof = || key.proof("POST", server.token_endpoint());
    let (status, issued) = token(&server, CREDENTIALS, &proof().sign()).await;
    assert_eq!(status, StatusCode::OK, "{issued}");
    assert_eq!(issued["token_type"], "DPoP");
    assert_eq!(claims(&issued)["cnf"], json!({ "jkt": key.kid() }));

    let (status, rejected) = token(&server, CREDENTIALS, &proof().claim("htm", "GET").sign()).await;
    assert_eq!((status, &rejected["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_dpop_proof")));
}

#[tokio::test]
async fn refresh_token_is_bound_to_proof_key() {
    let (server, key, thief) = (start().await, key(), key());
    let proof = |key: &SigningKey| key.proof("POST", server.token_endpoint()).sign();
    let (status, issued) = token(&server, &exchange(&code(&server, &[]).await, &[]), &proof(&key)).await;
    assert_eq!(status, StatusCode::OK, "{issued}");
    let refresh_token = issued["refresh_token"].as_str().expect("a refresh token").to_owned();
    let refresh = [("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", refresh_token.as_str())];
    let (status, rejected) = token(&server, &refresh, &proof(&thief)).await;
    assert_eq!((status, &rejected["error"]), (StatusCode::BAD_REQUEST, &json!("invalid_grant")));
    let without = send(form(server.token_endpoint(), &refresh)).await;
    assert_eq!(without.status(), StatusCode::BAD_REQUEST);
    let (status, issued) = token(&server, &refresh, &proof(&key)).await;
    assert_eq!(status, StatusCode::OK, "{issued}");
    assert_eq!(claims(&issued)["cnf"], json!({ "jkt": key.kid() }));
}
