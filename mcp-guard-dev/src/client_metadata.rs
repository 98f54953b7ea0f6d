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
mod tests;
