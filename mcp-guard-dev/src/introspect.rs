//! Opaque tokens, and the introspection endpoint (RFC 7662).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::client::authenticate_secret;
use crate::clock::unix_now;
use crate::encoding::random_string;
use crate::oauth_error::OAuthError;
use crate::params::Params;
use crate::state::{Shared, lock};
use crate::token::TokenBuilder;

/// `POST {issuer}/introspect`
pub(crate) async fn introspect(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let params = Params::from_form(&headers, &body)?;
    params.reject_repeated()?;
    authenticate_secret(&headers, &params, &lock(&shared.clients), &shared.settings.resource_servers)?;
    let token = params.required("token", "token is missing")?;
    let claims = lock(&shared.opaque_tokens).value(token).cloned();
    let answer = claims.filter(is_unexpired).map_or_else(|| json!({ "active": false }), active);
    Ok(([(CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

/// Stores the claims of a new opaque token.
pub(crate) fn issue(shared: &Shared, token: TokenBuilder) -> String {
    let text = random_string();
    lock(&shared.opaque_tokens).insert(text.clone(), token.into_claims());
    text
}

fn is_unexpired(claims: &Map<String, Value>) -> bool {
    claims.get("exp").and_then(Value::as_i64).is_none_or(|expires| unix_now() < expires)
}

/// Returns the claims of an active token, with defaults for the members that RFC 7662 §2.2 adds.
fn active(mut claims: Map<String, Value>) -> Value {
    claims.insert("active".to_owned(), json!(true));
    claims.entry("token_type").or_insert_with(|| json!("Bearer"));
    Value::Object(claims)
}
