use mcp_guard_dev::DevAuthServer;
use serde_json::json;

use crate::support::{RESOURCE, body, claims, client, form, granted, rejected, send, start, started};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");
const CLIENT: (&str, &str) = ("client_id", "curl");

#[tokio::test]
async fn requested_scope_is_granted() {
    let server = start().await;
    let body = granted(&server, &[GRANT, CLIENT, ("scope", "todo:read todo:write"), ("resource", RESOURCE)]).await;
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3600);
    assert_eq!(body["scope"], "todo:read todo:write");
    assert!(body.get("refresh_token").is_none());
    let claims = claims(&body);
    assert_eq!(claims["iss"], server.issuer());
    assert_eq!(claims["sub"], "curl");
    assert_eq!(claims["client_id"], "curl");
    assert_eq!(claims["scope"], "todo:read todo:write");
    assert_eq!(claims["aud"], RESOURCE);
}

#[tokio::test]
async fn subject_parameter_sets_the_user() {
    let server = start().await;
    let body = granted(&server, &[GRANT, CLIENT, ("subject", "alice"), ("resource", RESOURCE)]).await;
    assert_eq!(claims(&body)["sub"], "alice");
    assert_eq!(claims(&body)["client_id"], "curl");
    assert!(claims(&body).get("scope").is_none());
}

#[tokio::test]
async fn several_resources_become_an_array() {
    let server = start().await;
    let body = granted(&server, &[GRANT, CLIENT, ("resource", RESOURCE), ("resource", "https://b.example")]).await;
    assert_eq!(claims(&body)["aud"], json!([RESOURCE, "https://b.example"]));
}

#[tokio::test]
async fn default_audience_replaces_missing_resource() {
    let server = started(DevAuthServer::builder().default_audience(RESOURCE)).await;
    assert_eq!(claims(&granted(&server, &[GRANT, CLIENT]).await)["aud"], RESOURCE);
    assert_eq!(claims(&granted(&server, &[GRANT, CLIENT, ("resource", "urn:b")]).await)["aud"], "urn:b");
}

#[tokio::test]
async fn credentials_in_header_are_accepted() {
    let server = start().await;
    let request = form(server.token_endpoint(), &[GRANT, ("resource", RESOURCE)]).basic_auth("service", Some("s"));
    let body = body(send(request).await).await;
    assert_eq!(claims(&body)["client_id"], "service");
}

#[tokio::test]
async fn errors_have_rfc_6749_codes() {
    let server = start().await;
    let resource = ("resource", RESOURCE);
    for (pairs, expected) in [
        (&[CLIENT, resource][..], "invalid_request"),
        (&[("grant_type", "password"), CLIENT, resource], "unsupported_grant_type"),
        (&[GRANT, resource], "invalid_client"),
        (&[GRANT, CLIENT], "invalid_target"),
        (&[GRANT, CLIENT, ("resource", "/mcp")], "invalid_target"),
        (&[GRANT, CLIENT, ("resource", "https://a.example/#b")], "invalid_target"),
        (&[GRANT, CLIENT, resource, ("scope", "a  b")], "invalid_scope"),
        (&[GRANT, CLIENT, resource, ("scope", "a\"b")], "invalid_scope"),
        (&[GRANT, CLIENT, resource, ("scope", "a"), ("scope", "b")], "invalid_request"),
    ] {
        assert_eq!(rejected(&server, pairs).await, expected, "{pairs:?}");
    }
}

#[tokio::test]
async fn body_must_be_a_form() {
    let server = start().await;
    let request = client().post(server.token_endpoint()).json(&json!({ "grant_type": GRANT.1 }));
    let response = send(request).await;
    assert_eq!(response.status(), 400);
    assert_eq!(body(response).await["error"], "invalid_request");
}

#[tokio::test]
async fn unauthenticated_client_is_challenged() {
    let server = start().await;
    let request = form(server.token_endpoint(), &[GRANT]).header("authorization", "Basic ***");
    let response = send(request).await;
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["www-authenticate"], "Basic realm=\"mcp-guard-dev\"");
}
