//! Dynamic client registration (RFC 7591). Everyone may register.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::client::Client;
use crate::clock::unix_now;
use crate::encoding::random_string;
use crate::grant_type::GrantType;
use crate::oauth_error::{ErrorCode, OAuthError};
use crate::redirect;
use crate::state::{Shared, lock};

/// How a client may present itself to the token endpoint.
pub(crate) const AUTH_METHODS: [&str; 3] = ["none", "client_secret_basic", "client_secret_post"];

/// `POST {issuer}/register`
pub(crate) async fn register(State(shared): State<Arc<Shared>>, body: Bytes) -> Result<Response, OAuthError> {
    let mut metadata: Map<String, Value> =
        serde_json::from_slice(&body).map_err(|_| invalid("the body must be a JSON object"))?;
    let client = accept(&mut metadata)?;
    let client_id = random_string();

    // RFC 7591 §3.2.1: the answer is what was registered, defaults and replacements included.
    metadata.insert("client_id".to_owned(), json!(client_id));
    metadata.insert("client_id_issued_at".to_owned(), json!(unix_now()));
    metadata.remove("client_secret");
    metadata.remove("client_secret_expires_at");
    if let Some(secret) = &client.secret {
        metadata.insert("client_secret".to_owned(), json!(secret));
        metadata.insert("client_secret_expires_at".to_owned(), json!(0));
    }
    lock(&shared.clients).insert(client_id, client);
    Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(metadata)).into_response())
}

/// Checks the metadata and fills in what the client left to the server.
fn accept(metadata: &mut Map<String, Value>) -> Result<Client, OAuthError> {
    let grant_types = grant_types(metadata)?;
    let for_codes = grant_types.contains(&GrantType::AuthorizationCode);
    let response_types = strings(metadata, "response_types", "response_types must be an array of strings")?;
    if for_codes && response_types.is_some_and(|types| !types.iter().any(|one| one == "code")) {
        return Err(invalid("authorization_code needs the response type code"));
    }
    let redirect_uris = redirect_uris(metadata, for_codes)?;
    let secret = match metadata.get("token_endpoint_auth_method") {
        None => {
            metadata.insert("token_endpoint_auth_method".to_owned(), json!("client_secret_basic"));
            Some(random_string())
        }
        Some(method) => match method.as_str().filter(|method| AUTH_METHODS.contains(method)) {
            Some("none") => None,
            Some(_) => Some(random_string()),
            None => return Err(invalid("this token_endpoint_auth_method is not supported")),
        },
    };
    metadata.insert("grant_types".to_owned(), grant_types.iter().map(|one| one.name()).collect());
    metadata.insert("response_types".to_owned(), if for_codes { json!(["code"]) } else { json!([]) });
    Ok(Client { redirect_uris, grant_types, secret })
}

/// The grant types asked for, without those that are not known here (RFC 7591 §2 lets the server replace them).
fn grant_types(metadata: &Map<String, Value>) -> Result<Vec<GrantType>, OAuthError> {
    let Some(names) = strings(metadata, "grant_types", "grant_types must be an array of strings")? else {
        return Ok(vec![GrantType::AuthorizationCode]);
    };
    let grant_types: Vec<_> = names.iter().filter_map(|name| GrantType::parse(name)).collect();
    if grant_types.is_empty() {
        return Err(invalid("none of these grant_types is supported"));
    }
    Ok(grant_types)
}

fn redirect_uris(metadata: &Map<String, Value>, required: bool) -> Result<Vec<String>, OAuthError> {
    let invalid = |description| OAuthError::new(ErrorCode::InvalidRedirectUri, description);
    let uris = strings(metadata, "redirect_uris", "")
        .map_err(|_| invalid("redirect_uris must be an array of strings"))?
        .unwrap_or_default();
    if required && uris.is_empty() {
        return Err(invalid("authorization_code needs at least one redirect URI"));
    }
    if !uris.iter().all(|uri| redirect::may_be_registered(uri)) {
        return Err(invalid("a redirect URI must be https, http on loopback, or of a private-use scheme"));
    }
    Ok(uris)
}

fn strings(
    metadata: &Map<String, Value>,
    name: &str,
    malformed: &'static str,
) -> Result<Option<Vec<String>>, OAuthError> {
    let Some(value) = metadata.get(name) else { return Ok(None) };
    let strings = value
        .as_array()
        .and_then(|values| values.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>());
    strings.map(Some).ok_or(invalid(malformed))
}

const fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClientMetadata, description)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(metadata: Value) -> Result<(Client, Value), ErrorCode> {
        let Value::Object(mut metadata) = metadata else { panic!("not an object") };
        let client = accept(&mut metadata).map_err(|error| error.code)?;
        Ok((client, Value::Object(metadata)))
    }

    #[test]
    fn defaults_are_those_of_rfc_7591() {
        let (client, metadata) = accepted(json!({ "redirect_uris": ["https://app.example/cb"] })).unwrap();
        assert!(client.secret.is_some());
        assert_eq!(metadata["token_endpoint_auth_method"], "client_secret_basic");
        assert_eq!(metadata["grant_types"], json!(["authorization_code"]));
        assert_eq!(metadata["response_types"], json!(["code"]));
    }

    #[test]
    fn unknown_grant_types_are_left_out() {
        let device = "urn:ietf:params:oauth:grant-type:device_code";
        let (_, metadata) = accepted(json!({
            "redirect_uris": ["http://localhost/"],
            "grant_types": ["authorization_code", "refresh_token", device],
        }))
        .unwrap();
        assert_eq!(metadata["grant_types"], json!(["authorization_code", "refresh_token"]));
    }

    #[test]
    fn client_without_the_code_grant_needs_no_redirect_uri() {
        assert!(accepted(json!({ "grant_types": ["client_credentials"] })).is_ok());
    }

    #[test]
    fn mistakes_have_the_codes_of_rfc_7591() {
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
            assert_eq!(accepted(metadata.clone()).err(), Some(expected), "{metadata}");
        }
    }
}
