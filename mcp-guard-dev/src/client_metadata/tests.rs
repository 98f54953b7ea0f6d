use serde_json::{Value, json};

use super::*;

fn parsed(body: &str) -> Result<Value, ErrorCode> {
    let metadata = ClientMetadata::parse(body.as_bytes()).map_err(|error| error.code)?;
    Ok(serde_json::to_value(metadata).unwrap())
}

#[test]
fn known_members_are_unchanged() {
    let metadata = json!({
        "redirect_uris": ["http://localhost/"],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "application_type": "native",
        "client_name": "An äpp",
        "client_uri": "https://app.example",
        "contacts": ["a@app.example", "b@app.example"],
        "jwks_uri": "https://app.example/jwks",
        "logo_uri": "https://app.example/logo",
        "policy_uri": "https://app.example/policy",
        "scope": "todo:read",
        "software_id": "app",
        "software_version": "1.0",
        "tos_uri": "https://app.example/tos",
    });
    assert_eq!(parsed(&metadata.to_string()), Ok(metadata));
}

#[test]
fn unknown_members_and_null_are_ignored() {
    let body = r#" { "client_name#de": "x", "jwks": {"keys": []}, "client_id": 1, "scope": null, "contacts": [] }"#;
    assert_eq!(parsed(body), Ok(json!({ "contacts": [] })));
}

#[test]
fn wrong_types_are_rejected() {
    let redirect = ErrorCode::InvalidRedirectUri;
    let other = ErrorCode::InvalidClientMetadata;
    for (body, expected) in [
        ("", other),
        ("{", other),
        ("{} {}", other),
        ("null", other),
        ("[]", other),
        (r#"["none"]"#, other),
        (r#"{"client_name":1}"#, other),
        (r#"{"client_name":{}}"#, other),
        (r#"{"client_name":["a"]}"#, other),
        (r#"{"client_name":"\ud800"}"#, other),
        (r#"{"client_name":"a","client_name":"a"}"#, other),
        (r#"{"contacts":"a"}"#, other),
        (r#"{"contacts":[[]]}"#, other),
        (r#"{"redirect_uris":"http://localhost/"}"#, redirect),
        (r#"{"redirect_uris":[1]}"#, redirect),
        (r#"{"redirect_uris":[null]}"#, redirect),
        (r#"{"redirect_uris":[],"redirect_uris":[]}"#, redirect),
    ] {
        assert_eq!(parsed(body), Err(expected), "{body}");
    }
}
