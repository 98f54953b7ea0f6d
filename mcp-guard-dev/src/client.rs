//! Client registrations, and client authentication at the token endpoint.

use std::collections::HashMap;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use crate::bounded::Bounded;
use crate::grant_type::GrantType;
use crate::oauth_error::{ErrorCode, OAuthError};
use crate::params::Params;

/// The client authentication methods of the token endpoint.
pub(crate) const AUTH_METHODS: [&str; 3] = ["none", "client_secret_basic", "client_secret_post"];

/// The client authentication methods of the introspection endpoint.
pub(crate) const INTROSPECTION_AUTH_METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];

/// A registered client.
pub(crate) struct Client {
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) grant_types: Vec<GrantType>,
    pub(crate) secret: Option<String>,
}

impl Client {
    pub(crate) fn may_use(&self, grant_type: GrantType) -> bool {
        self.grant_types.contains(&grant_type)
    }

    fn accepts(&self, secret: Option<&str>) -> bool {
        match (&self.secret, secret) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(known), Some(given)) => verify_slices_are_equal(known.as_bytes(), given.as_bytes()).is_ok(),
        }
    }
}

/// Returns the ID of the client that sends a token request.
///
/// Accepts any ID, with any secret or without one. A client registered with a secret must present it.
pub(crate) fn authenticate(
    headers: &HeaderMap,
    params: &Params,
    clients: &Bounded<Client>,
) -> Result<String, OAuthError> {
    let (id, secret) = read_credentials(headers, params)?;
    if clients.value(&id).is_some_and(|client| !client.accepts(secret.as_deref())) {
        return Err(OAuthError::new(
            ErrorCode::InvalidClient,
            "client authentication with the registered secret is required",
        ));
    }
    Ok(id)
}

/// Authenticates a registered client or resource server by its secret.
pub(crate) fn authenticate_secret(
    headers: &HeaderMap,
    params: &Params,
    clients: &Bounded<Client>,
    resource_servers: &ResourceServers,
) -> Result<(), OAuthError> {
    let rejected =
        OAuthError::new(ErrorCode::InvalidClient, "introspection requires client authentication with a secret");
    let (id, secret) = read_credentials(headers, params)?;
    let secret = secret.ok_or(rejected)?;
    let registered = clients.value(&id).and_then(|client| client.secret.as_deref());
    let known = resource_servers.0.get(&id).map(String::as_str).or(registered).ok_or(rejected)?;
    verify_slices_are_equal(known.as_bytes(), secret.as_bytes()).map_err(|_| rejected)
}

/// The secrets of the resource servers, by client ID.
#[derive(Clone, Default)]
pub(crate) struct ResourceServers(pub(crate) HashMap<String, String>);

impl std::fmt::Debug for ResourceServers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Reads the credentials from the header or from the form, not from both (RFC 6749 §2.3).
fn read_credentials(headers: &HeaderMap, params: &Params) -> Result<(String, Option<String>), OAuthError> {
    let id_in_form = params.value("client_id");
    let secret_in_form = params.value("client_secret");
    let Some(header) = headers.get(AUTHORIZATION) else {
        let id = id_in_form.ok_or(OAuthError::new(ErrorCode::InvalidClient, "client_id is missing"))?;
        return Ok((id.to_owned(), secret_in_form.map(str::to_owned)));
    };
    let malformed = OAuthError::new(ErrorCode::InvalidClient, "the Authorization header is malformed");
    let (id, secret) = header.to_str().ok().and_then(basic).ok_or(malformed)?;
    if secret_in_form.is_some() || id_in_form.is_some_and(|in_form| in_form != id) {
        return Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            "client credentials are in both the Authorization header and the body",
        ));
    }
    Ok((id, Some(secret)))
}

/// Parses RFC 7617 credentials. The ID and the secret are form-encoded (RFC 6749 §2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let id = form_decoded(id);
    (!id.is_empty()).then(|| (id, form_decoded(secret)))
}

fn form_decoded(text: &str) -> String {
    // Without the two separators, the whole text is the name of one pair.
    let escaped = text.replace('=', "%3D").replace('&', "%26");
    form_urlencoded::parse(escaped.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
