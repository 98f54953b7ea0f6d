//! The authorization endpoint (RFC 6749 §4.1.1, RFC 7636, RFC 8707, RFC 9207).
//!
//! Consent is automatic. The user is `dev-user`, unless `login_hint` names another user.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::response::{IntoResponse, Response};

use crate::encoding::random_string;
use crate::grant_type::GrantType;
use crate::oauth_error::{ErrorCode, OAuthError};
use crate::params::Params;
use crate::pkce::Challenge;
use crate::redirect;
use crate::resource::Resources;
use crate::scope::Scopes;
use crate::state::{Code, Grant, Shared, lock};

const DEFAULT_SUBJECT: &str = "dev-user";

/// `GET {issuer}/authorize`
pub(crate) async fn authorize(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Response {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let (client_id, redirect_uri) = match verified_redirect(&shared, &params) {
        Ok(verified_redirect) => verified_redirect,
        // RFC 6749 §4.1.2.1: report the error to the user. Never redirect to an unverified redirect URI.
        Err(reason) => return (StatusCode::BAD_REQUEST, format!("Authorization failed: {reason}.\n")).into_response(),
    };

    let mut answer = Vec::new();
    let code;
    match consent(&shared, &params, client_id, redirect_uri) {
        Ok(consented) => {
            code = random_string();
            lock(&shared.codes).insert(code.clone(), consented);
            answer.push(("code", code.as_str()));
        }
        Err(OAuthError { code, description }) => {
            answer.extend([("error", code.name()), ("error_description", description)]);
        }
    }
    answer.extend(params.value("state").map(|state| ("state", state)));
    answer.push(("iss", &shared.endpoints.issuer));
    let location = redirect::with_params(redirect_uri, &answer);
    (StatusCode::FOUND, [(CACHE_CONTROL, "no-store"), (LOCATION, location.as_str())]).into_response()
}

/// Returns the client ID and its verified redirect URI.
fn verified_redirect<'a>(shared: &Shared, params: &'a Params) -> Result<(&'a str, &'a str), &'static str> {
    if params.is_repeated("client_id") || params.is_repeated("redirect_uri") {
        return Err("client_id or redirect_uri is included more than once");
    }
    let client_id = params.value("client_id").ok_or("client_id is missing")?;
    let redirect_uri = params.value("redirect_uri").ok_or("redirect_uri is missing")?;
    let clients = lock(&shared.clients);
    let client = clients.value(client_id);
    if !redirect::is_allowed(redirect_uri, client.map(|client| client.redirect_uris.as_slice())) {
        return Err(match client {
            Some(_) => "redirect_uri is not registered for this client",
            None => "redirect_uri of an unregistered client must be on loopback",
        });
    }
    Ok((client_id, redirect_uri))
}

fn consent(shared: &Shared, params: &Params, client_id: &str, redirect_uri: &str) -> Result<Code, OAuthError> {
    params.reject_repeated()?;
    let response_type = params.required("response_type", "response_type is missing")?;
    if response_type != "code" {
        return Err(OAuthError::new(ErrorCode::UnsupportedResponseType, "response_type must be code"));
    }
    if lock(&shared.clients).value(client_id).is_some_and(|client| !client.may_use(GrantType::AuthorizationCode)) {
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, "this client did not register the grant type"));
    }
    let grant = Grant {
        client_id: client_id.to_owned(),
        subject: params.value("login_hint").unwrap_or(DEFAULT_SUBJECT).to_owned(),
        scopes: Scopes::parse(params.value("scope"))?,
        resources: Resources::parse(params.values("resource"), shared.settings.default_audience.as_deref())?,
        key: None,
    };
    Ok(Code { grant, redirect_uri: redirect_uri.to_owned(), challenge: challenge(params)? })
}

/// PKCE is required. A missing method would mean `plain` (RFC 7636 §4.3), which is not supported.
fn challenge(params: &Params) -> Result<Challenge, OAuthError> {
    let challenge = params.required("code_challenge", "code_challenge is missing")?;
    if params.value("code_challenge_method") != Some("S256") {
        return Err(OAuthError::new(ErrorCode::InvalidRequest, "code_challenge_method must be S256"));
    }
    let malformed = OAuthError::new(ErrorCode::InvalidRequest, "code_challenge is not an S256 challenge");
    Challenge::new(challenge).ok_or(malformed)
}
