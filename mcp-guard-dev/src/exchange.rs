//! The token endpoint (RFC 6749 §3.2).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::client::authenticate;
use crate::encoding::random_string;
use crate::grant_type::GrantType;
use crate::introspect;
use crate::oauth_error::{ErrorCode, OAuthError};
use crate::params::Params;
use crate::possession::proof_key;
use crate::resource::Resources;
use crate::scope::Scopes;
use crate::state::{Code, Grant, Shared, lock};

/// `POST {issuer}/token`
pub(crate) async fn token(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, OAuthError> {
    let issued = exchange(&shared, &headers, &body).inspect_err(|error| {
        tracing::debug!(error = error.code.name(), description = error.description, "rejected a token request");
    })?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(issued)).into_response())
}

fn exchange(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Result<Value, OAuthError> {
    let params = Params::from_form(headers, body)?;
    params.reject_repeated()?;
    let grant_type = params.required("grant_type", "grant_type is missing")?;
    let unsupported = OAuthError::new(ErrorCode::UnsupportedGrantType, "this grant type is not supported");
    let grant_type = GrantType::parse(grant_type).ok_or(unsupported)?;
    let client_id = authenticate(headers, &params, &lock(&shared.clients))?;
    let key = proof_key(headers, &shared.endpoints.token)?;
    match grant_type {
        GrantType::AuthorizationCode => authorization_code(shared, &params, &client_id, key),
        GrantType::ClientCredentials => client_credentials(shared, &params, client_id, key),
        GrantType::RefreshToken => refresh_token(shared, &params, &client_id, key),
    }
}

/// RFC 6749 §4.1.3. The first request that presents a code consumes it, even if the request fails.
fn authorization_code(
    shared: &Shared,
    params: &Params,
    client_id: &str,
    key: Option<String>,
) -> Result<Value, OAuthError> {
    let code = params.required("code", "code is missing")?;
    let verifier = params.required("code_verifier", "code_verifier is missing")?;
    let unknown = OAuthError::new(ErrorCode::InvalidGrant, "the code is unknown, used or expired");
    let Code { grant, redirect_uri, challenge } = lock(&shared.codes).remove(code).ok_or(unknown)?;
    if grant.client_id != client_id {
        return Err(OAuthError::new(ErrorCode::InvalidGrant, "the code was issued to a different client"));
    }
    if params.value("redirect_uri") != Some(redirect_uri.as_str()) {
        return Err(OAuthError::new(ErrorCode::InvalidGrant, "redirect_uri does not match the authorization request"));
    }
    if !challenge.is_matched_by(verifier) {
        return Err(OAuthError::new(ErrorCode::InvalidGrant, "code_verifier does not match code_challenge"));
    }
    let resources = grant.resources.narrowed(params.values("resource"))?;
    let grant = Grant { key, ..grant };
    let mut issued = issue(shared, &Grant { resources, ..grant.clone() });
    // No refresh token unless registered for that grant: some clients step up only when they have no refresh token.
    if may_use(shared, client_id, GrantType::RefreshToken) {
        issued["refresh_token"] = json!(issue_refresh_token(shared, grant));
    }
    Ok(issued)
}

/// Returns whether a client may use a grant type. An unregistered client may use all of them.
fn may_use(shared: &Shared, client_id: &str, grant_type: GrantType) -> bool {
    lock(&shared.clients).value(client_id).is_none_or(|client| client.may_use(grant_type))
}

/// RFC 6749 §4.4. The extension parameter `subject` sets the subject of the token; the default is the client.
fn client_credentials(
    shared: &Shared,
    params: &Params,
    client_id: String,
    key: Option<String>,
) -> Result<Value, OAuthError> {
    if !may_use(shared, &client_id, GrantType::ClientCredentials) {
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "this client did not register the grant type"));
    }
    let grant = Grant {
        subject: params.value("subject").unwrap_or(&client_id).to_owned(),
        scopes: Scopes::parse(params.value("scope"))?,
        resources: Resources::parse(params.values("resource"), shared.settings.default_audience.as_deref())?,
        client_id,
        key,
    };
    Ok(issue(shared, &grant))
}

/// RFC 6749 §6. Rotates the refresh token. A narrower scope or resource applies to this access token only. A refresh
/// token that was issued with a proof requires a proof of the same key (RFC 9449 §5).
fn refresh_token(shared: &Shared, params: &Params, client_id: &str, key: Option<String>) -> Result<Value, OAuthError> {
    if !may_use(shared, client_id, GrantType::RefreshToken) {
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "this client did not register the grant type"));
    }
    let presented = params.required("refresh_token", "refresh_token is missing")?;
    let requested = Scopes::parse(params.value("scope"))?;
    let unknown = OAuthError::new(ErrorCode::InvalidGrant, "the refresh token is unknown or used");

    let mut refresh_tokens = lock(&shared.refresh_tokens);
    let grant = refresh_tokens.value(presented).filter(|grant| grant.client_id == client_id).ok_or(unknown)?;
    if grant.key.is_some() && grant.key != key {
        return Err(OAuthError::new(ErrorCode::InvalidGrant, "the refresh token is bound to a different key"));
    }
    if !requested.is_subset(&grant.scopes) {
        return Err(OAuthError::new(ErrorCode::InvalidScope, "the scope exceeds the granted scope"));
    }
    let resources = grant.resources.narrowed(params.values("resource"))?;
    let grant = refresh_tokens.remove(presented).ok_or(unknown)?;
    drop(refresh_tokens);

    let scopes = if requested.is_empty() { grant.scopes.clone() } else { requested };
    let grant = Grant { key, ..grant };
    let mut issued = issue(shared, &Grant { scopes, resources, ..grant.clone() });
    issued["refresh_token"] = json!(issue_refresh_token(shared, grant));
    Ok(issued)
}

fn issue(shared: &Shared, grant: &Grant) -> Value {
    let lifetime = i64::try_from(shared.settings.token_lifetime.as_secs()).unwrap_or(i64::MAX);
    let key = lock(&shared.keys).current().clone();
    let mut token = key
        .token(&shared.endpoints.issuer)
        .subject(&grant.subject)
        .client_id(&grant.client_id)
        .claim("aud", grant.resources.audience())
        .expires_in(lifetime);
    let mut issued = json!({ "token_type": "Bearer", "expires_in": lifetime });
    if let Some(key) = &grant.key {
        token = token.with_confirmation("jkt", key);
        issued["token_type"] = json!("DPoP");
    }
    if !grant.scopes.is_empty() {
        token = token.scope(grant.scopes.to_string());
        issued["scope"] = json!(grant.scopes.to_string());
    }
    let access_token = if shared.settings.opaque_tokens { introspect::issue(shared, token) } else { token.sign() };
    issued["access_token"] = json!(access_token);
    issued
}

fn issue_refresh_token(shared: &Shared, grant: Grant) -> String {
    let refresh_token = random_string();
    lock(&shared.refresh_tokens).insert(refresh_token.clone(), grant);
    refresh_token
}
