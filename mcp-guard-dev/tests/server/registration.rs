use mcp_guard_dev::DevAuthServer;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    RESOURCE, authorize, body, client, code, exchange, form, granted, redirected, rejected, request, send, start,
};

async fn register(server: &DevAuthServer, metadata: &Value) -> (StatusCode, Value) {
    let response = send(client().post(server.registration_endpoint()).json(metadata)).await;
    (response.status(), body(response).await)
}

async fn registered(server: &DevAuthServer, metadata: Value) -> Value {
    let (status, body) = register(server, &metadata).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    body
}

#[tokio::test]
async fn public_client_registers_and_gets_a_token() {
    let server = start().await;
    let client = registered(
        &server,
        json!({
            "client_name": "An app",
            "redirect_uris": ["http://127.0.0.1/callback"],
            "token_endpoint_auth_method": "none",
        }),
    )
    .await;
    assert_eq!(client["client_name"], "An app");
    assert!(client["client_id_issued_at"].is_i64());
    assert!(client.get("client_secret").is_none());

    // RFC 8252 §7.3: the port of a loopback redirect is unknown when the client registers.
    let id = ("client_id", client["client_id"].as_str().unwrap());
    let code = code(&server, &[id]).await;
    granted(&server, &exchange(&code, &[id])).await;
}

#[tokio::test]
async fn client_is_redirected_to_registered_uris_only() {
    let server = start().await;
    let client = registered(&server, json!({ "redirect_uris": ["http://127.0.0.1/mine"] })).await;
    let id = ("client_id", client["client_id"].as_str().unwrap());
    assert_eq!(authorize(&server, &request(&[id])).await.status(), 400);
    let own = ("redirect_uri", "http://127.0.0.1:4711/mine");
    assert!(redirected(&authorize(&server, &request(&[id, own])).await)["code"].is_string());
}

#[tokio::test]
async fn token_endpoint_requires_registered_secret() {
    let server = start().await;
    for method in ["client_secret_basic", "client_secret_post"] {
        let client =
            registered(&server, json!({ "grant_types": ["client_credentials"], "token_endpoint_auth_method": method }))
                .await;
        assert_eq!(client["client_secret_expires_at"], 0);
        let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
        let pairs = [("grant_type", "client_credentials"), ("resource", RESOURCE), ("client_id", id)];
        let with = |secret| [&pairs[..], &[("client_secret", secret)]].concat();
        assert_eq!(rejected(&server, &pairs).await, "invalid_client");
        assert_eq!(rejected(&server, &with("wrong")).await, "invalid_client");
        granted(&server, &with(secret)).await;
        let basic = form(server.token_endpoint(), &pairs).basic_auth(id, Some(secret));
        assert_eq!(send(basic).await.status(), 200);
    }
}

#[tokio::test]
async fn unregistered_grant_type_is_rejected() {
    let server = start().await;
    let none = ("token_endpoint_auth_method", "none");
    let for_codes =
        registered(&server, json!({ "redirect_uris": ["http://127.0.0.1/callback"], none.0: none.1 })).await;
    let id = for_codes["client_id"].as_str().unwrap();
    let pairs = [("grant_type", "client_credentials"), ("resource", RESOURCE), ("client_id", id)];
    assert_eq!(rejected(&server, &pairs).await, "unauthorized_client");

    let redirect = "http://127.0.0.1/callback";
    let for_itself = registered(
        &server,
        json!({ "grant_types": ["client_credentials"], "redirect_uris": [redirect], none.0: none.1 }),
    )
    .await;
    let id = ("client_id", for_itself["client_id"].as_str().unwrap());
    assert_eq!(redirected(&authorize(&server, &request(&[id])).await)["error"], "unauthorized_client");
}

#[tokio::test]
async fn invalid_registrations_are_rejected() {
    let server = start().await;
    for (metadata, expected) in [
        (json!({}), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["http://app.example/"] }), "invalid_redirect_uri"),
        (json!({ "redirect_uris": ["http://localhost/"], "grant_types": ["implicit"] }), "invalid_client_metadata"),
        (json!([]), "invalid_client_metadata"),
    ] {
        let (status, body) = register(&server, &metadata).await;
        assert_eq!((status, body["error"].as_str()), (StatusCode::BAD_REQUEST, Some(expected)), "{metadata}");
    }
}

#[tokio::test]
async fn client_cannot_choose_its_id_or_secret() {
    let server = start().await;
    let chosen = json!({
        "client_id": "mine",
        "client_secret": "mine",
        "redirect_uris": ["http://localhost/"],
        "token_endpoint_auth_method": "none",
    });
    let client = registered(&server, chosen).await;
    assert_ne!(client["client_id"], "mine");
    assert!(client.get("client_secret").is_none());
}

/// Builds JSON that `serde_json::Value` parses repeatedly, each time with a new recursion limit, because it contains
/// the internal key of serde_json for raw values. The nested parsers overflow the stack.
fn raw_values_in_raw_values(levels: usize) -> String {
    let (open, close) = ("[".repeat(100), "]".repeat(100));
    (0..levels).fold("0".to_owned(), |inner, _| {
        let escaped = inner.replace('\\', r"\u005c").replace('"', r"\u0022");
        format!(r#"{open}{{"$serde_json::private::RawValue":"{escaped}"}}{close}"#)
    })
}

#[tokio::test]
async fn nested_registration_does_not_overflow_the_stack() {
    let server = start().await;
    let bomb = raw_values_in_raw_values(15);
    let deep = "[".repeat(7_500) + &"]".repeat(7_500);
    let good = r#""redirect_uris":["http://localhost/"]"#;
    for (body, expected) in [
        (format!(r#"{{{good},"unknown":{bomb}}}"#), StatusCode::CREATED),
        (format!(r#"{{{good},"jwks":{bomb}}}"#), StatusCode::CREATED),
        (format!(r#"{{{good},"unknown":{deep}}}"#), StatusCode::CREATED),
        (format!(r#"{{{good},"client_name":{deep}}}"#), StatusCode::BAD_REQUEST),
        (format!(r#"{{{good},"client_name":{bomb}}}"#), StatusCode::BAD_REQUEST),
        (format!(r#"{{{good},"contacts":{bomb}}}"#), StatusCode::BAD_REQUEST),
        (format!(r#"{{"redirect_uris":{bomb}}}"#), StatusCode::BAD_REQUEST),
        (bomb, StatusCode::BAD_REQUEST),
    ] {
        let request = client().post(server.registration_endpoint()).header("content-type", "application/json");
        assert_eq!(send(request.body(body)).await.status(), expected);
    }
    registered(&server, json!({ "redirect_uris": ["http://localhost/"] })).await;
}
