//! The authorization server metadata (RFC 8414).

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::client::{AUTH_METHODS, INTROSPECTION_AUTH_METHODS};
use crate::endpoints::IssuerPath;
use crate::grant_type::GrantType;
use crate::metadata_form::MetadataForm;
use crate::possession::ALGORITHMS;
use crate::state::Shared;

/// Returns the distinct metadata paths. For an issuer without a path, both OpenID forms are the same.
pub(crate) fn paths(forms: &[MetadataForm], issuer_path: &IssuerPath) -> BTreeMap<String, MetadataForm> {
    forms.iter().map(|form| (form.path(issuer_path), *form)).collect()
}

/// `GET /.well-known/oauth-authorization-server`
pub(crate) async fn oauth(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(document(&shared))
}

/// `GET /.well-known/openid-configuration`
///
/// Adds the two members that OpenID Connect Discovery requires, because strict clients check for them.
pub(crate) async fn openid(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let mut document = document(&shared);
    document["subject_types_supported"] = json!(["public"]);
    document["id_token_signing_alg_values_supported"] = json!(["RS256"]);
    Json(document)
}

fn document(shared: &Shared) -> Value {
    let endpoints = &shared.endpoints;
    let issuer = shared.settings.metadata_issuer.as_ref().unwrap_or(&endpoints.issuer);
    json!({
        "issuer": issuer,
        "authorization_endpoint": endpoints.authorization,
        "token_endpoint": endpoints.token,
        "registration_endpoint": endpoints.registration,
        "jwks_uri": endpoints.jwks,
        "introspection_endpoint": endpoints.introspection,
        "introspection_endpoint_auth_methods_supported": INTROSPECTION_AUTH_METHODS,
        "response_types_supported": ["code"],
        "grant_types_supported": GrantType::ALL.map(GrantType::name),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "authorization_response_iss_parameter_supported": true,
        "dpop_signing_alg_values_supported": ALGORITHMS,
    })
}
