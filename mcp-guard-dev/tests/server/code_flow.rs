use serde_json::json;

use crate::support::{
    REDIRECT, RESOURCE, authorize, claims, code, exchange, granted, redirected, rejected, request, start,
};

#[tokio::test]
async fn code_with_pkce_is_exchanged_for_a_token() {
    let server = start().await;
    let answer = redirected(&authorize(&server, &request(&[])).await);
    assert_eq!(answer["state"], "xyz &=");
    assert_eq!(answer["iss"], server.issuer());

    let body = granted(&server, &exchange(answer["code"].as_str().unwrap(), &[])).await;
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["scope"], "todo:read todo:write");
    assert!(body["refresh_token"].is_string());
    let claims = claims(&body);
    assert_eq!(claims["sub"], "dev-user");
    assert_eq!(claims["client_id"], "app");
    assert_eq!(claims["aud"], RESOURCE);
}

#[tokio::test]
async fn login_hint_sets_the_user() {
    let server = start().await;
    let code = code(&server, &[("login_hint", "bob")]).await;
    assert_eq!(claims(&granted(&server, &exchange(&code, &[])).await)["sub"], "bob");
}

#[tokio::test]
async fn code_cannot_be_reused() {
    let server = start().await;
    let code = code(&server, &[]).await;
    let body = granted(&server, &exchange(&code, &[])).await;
    assert_eq!(rejected(&server, &exchange(&code, &[])).await, "invalid_grant");
    // A reused code does not revoke its tokens.
    let refresh_token = body["refresh_token"].as_str().unwrap();
    granted(&server, &[("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", refresh_token)]).await;
}

#[tokio::test]
async fn exchange_must_match_the_code() {
    let server = start().await;
    for (replaced, expected) in [
        (("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"), "invalid_grant"),
        (("code_verifier", ""), "invalid_request"),
        (("redirect_uri", "http://127.0.0.1:4711/other"), "invalid_grant"),
        (("redirect_uri", ""), "invalid_grant"),
        (("client_id", "other"), "invalid_grant"),
        (("resource", "https://other.example"), "invalid_target"),
        (("code", "unknown"), "invalid_grant"),
        (("code", ""), "invalid_request"),
    ] {
        let code = code(&server, &[]).await;
        assert_eq!(rejected(&server, &exchange(&code, &[replaced])).await, expected, "{replaced:?}");
    }
}

#[tokio::test]
async fn wrong_verifier_consumes_the_code() {
    let server = start().await;
    let code = code(&server, &[]).await;
    let wrong = "w".repeat(43);
    assert_eq!(rejected(&server, &exchange(&code, &[("code_verifier", &wrong)])).await, "invalid_grant");
    assert_eq!(rejected(&server, &exchange(&code, &[])).await, "invalid_grant");
}

#[tokio::test]
async fn exchange_can_narrow_resources() {
    let server = start().await;
    let both = [("resource", RESOURCE), ("resource", "urn:b")];
    let first = code(&server, &both).await;
    assert_eq!(claims(&granted(&server, &exchange(&first, &[])).await)["aud"], RESOURCE);
    let second = code(&server, &both).await;
    let body = granted(&server, &exchange(&second, &[("resource", "")])).await;
    assert_eq!(claims(&body)["aud"], json!([RESOURCE, "urn:b"]));
}

#[tokio::test]
async fn error_with_valid_redirect_uri_is_redirected() {
    let server = start().await;
    for (replaced, expected) in [
        (&[("response_type", "")][..], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("code_challenge", "")], "invalid_request"),
        (&[("code_challenge", "short")], "invalid_request"),
        (&[("code_challenge_method", "plain")], "invalid_request"),
        (&[("code_challenge_method", "")], "invalid_request"),
        (&[("scope", "a\\b")], "invalid_scope"),
        (&[("resource", "")], "invalid_target"),
        (&[("resource", "mcp")], "invalid_target"),
        (&[("scope", "a"), ("scope", "b")], "invalid_request"),
    ] {
        let answer = redirected(&authorize(&server, &request(replaced)).await);
        assert_eq!(answer["error"], expected, "{replaced:?}");
        assert_eq!(answer["state"], "xyz &=");
        assert_eq!(answer["iss"], server.issuer());
        assert!(answer.get("code").is_none());
    }
}

#[tokio::test]
async fn invalid_redirect_uri_is_never_used() {
    let server = start().await;
    for replaced in [
        &[("client_id", "")][..],
        &[("redirect_uri", "")],
        &[("redirect_uri", "https://app.example/callback")],
        &[("redirect_uri", "http://127.0.0.1.evil.example/")],
        &[("redirect_uri", "javascript:alert(1)")],
        &[("redirect_uri", REDIRECT), ("redirect_uri", "http://localhost/")],
        &[("client_id", "app"), ("client_id", "other")],
    ] {
        let response = authorize(&server, &request(replaced)).await;
        assert_eq!(response.status(), 400, "{replaced:?}");
        assert!(response.headers().get("location").is_none());
    }
}
