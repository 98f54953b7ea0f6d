use serde_json::{Value, json};

use super::*;

fn accepted(metadata: &Value) -> Result<(Client, Value), ErrorCode> {
    let mut metadata = ClientMetadata::parse(metadata.to_string().as_bytes()).map_err(|error| error.code)?;
    let client = accept(&mut metadata).map_err(|error| error.code)?;
    Ok((client, serde_json::to_value(metadata).unwrap()))
}

#[test]
fn registration_defaults_match_rfc_7591() {
    let (client, metadata) = accepted(&json!({ "redirect_uris": ["https://app.example/cb"] })).unwrap();
    assert!(client.secret.is_some());
    assert_eq!(metadata["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(metadata["grant_types"], json!(["authorization_code"]));
    assert_eq!(metadata["response_types"], json!(["code"]));
}

#[test]
fn unknown_grant_types_are_removed() {
    let device = "urn:ietf:params:oauth:grant-type:device_code";
    let (_, metadata) = accepted(&json!({
        "redirect_uris": ["http://localhost/"],
        "grant_types": ["authorization_code", "refresh_token", device],
    }))
    .unwrap();
    assert_eq!(metadata["grant_types"], json!(["authorization_code", "refresh_token"]));
}

#[test]
fn redirect_uri_is_optional_without_code_grant() {
    assert!(accepted(&json!({ "grant_types": ["client_credentials"] })).is_ok());
}

#[test]
fn errors_have_rfc_7591_codes() {
    let redirect = ErrorCode::InvalidRedirectUri;
    let other = ErrorCode::InvalidClientMetadata;
    let uris = ["http://localhost/"];
    for (metadata, expected) in [
        (json!({}), redirect),
        (json!({ "redirect_uris": [] }), redirect),
        (json!({ "redirect_uris": "http://localhost/" }), redirect),
        (json!({ "redirect_uris": [1] }), redirect),
        (json!({ "redirect_uris": ["http://app.example/"] }), redirect),
        (json!({ "redirect_uris": ["javascript:alert(1)"] }), redirect),
        (json!({ "redirect_uris": uris, "grant_types": ["password"] }), other),
        (json!({ "redirect_uris": uris, "grant_types": "authorization_code" }), other),
        (json!({ "redirect_uris": uris, "response_types": ["token"] }), other),
        (json!({ "redirect_uris": uris, "token_endpoint_auth_method": "private_key_jwt" }), other),
        (json!({ "redirect_uris": uris, "token_endpoint_auth_method": 1 }), other),
    ] {
        assert_eq!(accepted(&metadata).err(), Some(expected), "{metadata}");
    }
}
