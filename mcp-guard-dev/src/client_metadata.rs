//! The metadata that a client sends when it registers (RFC 7591 §2).
//!
//! Any client may send it, so it is deserialized only into members of known types, never into `serde_json::Value`.
//! axum enables the `raw_value` feature of serde_json. With this feature, a `Value` parses the string under the key
//! `$serde_json::private::RawValue` as JSON, with a new recursion limit. A few kilobytes of such nested strings
//! overflow the stack, which aborts the process.

use serde::{Deserialize, Serialize};

use crate::oauth_error::{ErrorCode, OAuthError};

/// The members that the server knows. Ignores other members, as RFC 7591 §2 requires. `null` counts as omitted.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct ClientMetadata {
    /// Parsed separately, because RFC 7591 gives it an error code of its own.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub(crate) redirect_uris: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token_endpoint_auth_method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) grant_types: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) response_types: Option<Vec<String>>,

    // The other members are returned to the client and have no effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    application_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contacts: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logo_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    software_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    software_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tos_uri: Option<String>,
}

impl ClientMetadata {
    /// Parses the body of a registration request.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, OAuthError> {
        let malformed = OAuthError::new(
            ErrorCode::InvalidClientMetadata,
            "the body must be a JSON object whose members have the types of RFC 7591",
        );
        // serde would also accept an array with the members in the order of the struct.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(malformed);
        }
        let metadata: Self = serde_json::from_slice(body).map_err(|_| malformed)?;
        let RedirectUris { redirect_uris } = serde_json::from_slice(body)
            .map_err(|_| OAuthError::new(ErrorCode::InvalidRedirectUri, "redirect_uris must be an array of strings"))?;
        Ok(Self { redirect_uris, ..metadata })
    }
}

#[derive(Deserialize)]
struct RedirectUris {
    redirect_uris: Option<Vec<String>>,
}

#[cfg(test)]
mod tests {
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
}
