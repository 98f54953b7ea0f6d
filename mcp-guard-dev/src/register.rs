//! Dynamic client registration (RFC 7591), open to any client.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::client::{AUTH_METHODS, Client};
use crate::client_metadata::ClientMetadata;
use crate::clock::unix_now;
use crate::encoding::random_string;
use crate::grant_type::GrantType;
use crate::oauth_error::{ErrorCode, OAuthError};
use crate::redirect;
use crate::state::{Shared, lock};

/// `POST {issuer}/register`
pub(crate) async fn register(State(shared): State<Arc<Shared>>, body: Bytes) -> Result<Response, OAuthError> {
    let mut metadata = ClientMetadata::parse(&body)?;
    let client = accept(&mut metadata)?;
    let client_id = random_string();
    let registered = Registered {
        client_id: client_id.clone(),
        client_id_issued_at: unix_now(),
        client_secret_expires_at: client.secret.as_ref().map(|_| 0),
        client_secret: client.secret.clone(),
        metadata,
    };
    lock(&shared.clients).insert(client_id, client);
    Ok((StatusCode::CREATED, [(CACHE_CONTROL, "no-store")], Json(registered)).into_response())
}

/// The response of RFC 7591 §3.2.1: the registered metadata, with defaults and replacements.
#[derive(Serialize)]
struct Registered {
    client_id: String,
    client_id_issued_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<i64>,
    #[serde(flatten)]
    metadata: ClientMetadata,
}

/// Validates the metadata and fills in the defaults.
fn accept(metadata: &mut ClientMetadata) -> Result<Client, OAuthError> {
    let grant_types = grant_types(metadata.grant_types.as_deref())?;
    let for_codes = grant_types.contains(&GrantType::AuthorizationCode);
    if for_codes && metadata.response_types.as_ref().is_some_and(|types| !types.iter().any(|one| one == "code")) {
        return Err(invalid("authorization_code requires the response type code"));
    }
    let redirect_uris = metadata.redirect_uris.clone().unwrap_or_default();
    check_redirect_uris(&redirect_uris, for_codes)?;
    let method = metadata.token_endpoint_auth_method.get_or_insert_with(|| "client_secret_basic".to_owned());
    if !AUTH_METHODS.contains(&method.as_str()) {
        return Err(invalid("this token_endpoint_auth_method is not supported"));
    }
    let secret = (method != "none").then(random_string);
    metadata.grant_types = Some(grant_types.iter().map(|one| one.name().to_owned()).collect());
    metadata.response_types = Some(if for_codes { vec!["code".to_owned()] } else { Vec::new() });
    Ok(Client { redirect_uris, grant_types, secret })
}

/// Returns the supported grant types among the requested ones (RFC 7591 §2 allows the server to replace them).
fn grant_types(names: Option<&[String]>) -> Result<Vec<GrantType>, OAuthError> {
    let Some(names) = names else { return Ok(vec![GrantType::AuthorizationCode]) };
    let grant_types: Vec<_> = names.iter().filter_map(|name| GrantType::parse(name)).collect();
    if grant_types.is_empty() {
        return Err(invalid("grant_types contains no supported grant type"));
    }
    Ok(grant_types)
}

fn check_redirect_uris(uris: &[String], required: bool) -> Result<(), OAuthError> {
    let invalid = |description| OAuthError::new(ErrorCode::InvalidRedirectUri, description);
    if required && uris.is_empty() {
        return Err(invalid("authorization_code requires at least one redirect URI"));
    }
    if !uris.iter().all(|uri| redirect::may_be_registered(uri)) {
        return Err(invalid("a redirect URI must use https, http on loopback, or a private-use scheme"));
    }
    Ok(())
}

const fn invalid(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidClientMetadata, description)
}

#[cfg(test)]
mod tests;
