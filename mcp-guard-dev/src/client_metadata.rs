//! What a client says about itself when it registers (RFC 7591 §2).
//!
//! Anyone may send it, so it is read into members of known types only. `serde_json::Value` is no type to read it into:
//! with serde_json's feature `raw_value`, which axum switches on, an object whose key is
//! `$serde_json::private::RawValue` makes a `Value` parse a string as JSON, with a recursion limit of its own. A few
//! kilobytes of such strings inside such strings overflow the stack, which ends the process.

use serde::{Deserialize, Serialize};

use crate::oauth_error::{ErrorCode, OAuthError};

/// The members that the server knows; others are ignored, as RFC 7591 §2 asks, and `null` counts as omitted.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct ClientMetadata {
    /// Read apart from the others, because a mistake in it has an error code of its own.
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub(crate) redirect_uris: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token_endpoint_auth_method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) grant_types: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) response_types: Option<Vec<String>>,

    // The rest is repeated in the answer, and means nothing here.
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
    /// Reads the body of a registration.
    pub(crate) fn parse(body: &[u8]) -> Result<Self, OAuthError> {
        let malformed = OAuthError::new(
            ErrorCode::InvalidClientMetadata,
            "the body must be a JSON object whose members have the types of RFC 7591",
        );
        // For serde, an array would do as well: the members in the order of the struct.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(malformed);
        }
        let metadata: Self = serde_json::from_slice(body).map_err(|_| malformed)?;
        let RedirectUris { redirect_uris } = serde_json::from_slice(body).map_err(|_| {
            OAuthError::new(ErrorCode::InvalidRedirectUri, "redirect_uris must be one array of strings")
        })?;
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
    fn known_members_stay_as_they_are() {
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
    fn unknown_members_and_null_are_left_out() {
        let body = r#" { "client_name#de": "x", "jwks": {"keys": []}, "client_id": 1, "scope": null, "contacts": [] }"#;
        assert_eq!(parsed(body), Ok(json!({ "contacts": [] })));
    }

    #[test]
    fn wrong_types_are_refused() {
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
