//! GitHub's "check a token" endpoint. GitHub issues opaque access tokens, and does not support RFC 7662.
//!
//! `GET /user` would accept a token of any application. This call only accepts tokens of our OAuth app: it uses the
//! credentials of the app, and the response names the app.

use chrono::DateTime;
use http::{HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::authentication::basic;
use super::exchange::{CallError, EndpointRequest, TokenStatus, object, unexpected_status};
use crate::validate::fetch::Reply;

pub(crate) struct GitHub {
    credentials: HeaderValue,
}

/// The members of the response that are read. The response also repeats the token, which must not be exposed.
#[derive(Deserialize)]
struct Authorization {
    app: App,
    user: Option<User>,
    /// Classic scopes. Apps with fine-grained permissions have none.
    scopes: Option<Vec<String>>,
    expires_at: Option<String>,
}

#[derive(Deserialize)]
struct App {
    client_id: String,
}

#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
}

impl GitHub {
    pub(crate) const ISSUER: &str = "https://github.com";
    /// The authorization server for clients.
    pub(crate) const AUTHORIZATION_SERVER: &str = "https://github.com/login/oauth";
    /// The root of the REST API.
    pub(crate) const API: &str = "https://api.github.com";

    /// Checks the credentials of the OAuth app.
    pub(crate) fn new(client_id: &str, secret: &str) -> Result<Self, &'static str> {
        if client_id.is_empty() || secret.is_empty() {
            return Err("the client id or the secret is empty");
        }
        Ok(Self { credentials: basic(client_id, secret)? })
    }

    /// Returns the URL that validates tokens of this OAuth app.
    pub(crate) fn endpoint(mut api: Url, client_id: &str) -> Option<Url> {
        api.path_segments_mut().ok()?.pop_if_empty().extend(["applications", client_id, "token"]);
        Some(api)
    }

    pub(super) fn request(&self, token: &str) -> EndpointRequest {
        EndpointRequest {
            authorization: Some(self.credentials.clone()),
            content_type: "application/json",
            body: json!({"access_token": token}).to_string(),
        }
    }

    pub(super) fn token_status(&self, reply: &Reply, endpoint: &Url) -> Result<TokenStatus, CallError> {
        match reply.status {
            StatusCode::OK => {
                let answer = Authorization::deserialize(Value::Object(object(reply, endpoint)?));
                claims(answer.map_err(|_| CallError::Answer("expected an authorization of an application"))?)
                    .map(TokenStatus::Active)
            }
            StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => Ok(TokenStatus::Inactive),
            status => Err(unexpected_status(status)),
        }
    }
}

/// Converts the response into claims. The app is the audience.
fn claims(answer: Authorization) -> Result<Map<String, Value>, CallError> {
    let mut claims = Map::new();
    claims.insert("aud".to_owned(), answer.app.client_id.clone().into());
    claims.insert("client_id".to_owned(), answer.app.client_id.into());
    claims.insert("scope".to_owned(), answer.scopes.unwrap_or_default().into());
    if let Some(user) = answer.user {
        claims.insert("sub".to_owned(), user.id.to_string().into());
        claims.insert("login".to_owned(), user.login.into());
    }
    if let Some(expires) = answer.expires_at {
        let expires =
            DateTime::parse_from_rfc3339(&expires).map_err(|_| CallError::Answer("`expires_at` is not a date"))?;
        claims.insert("exp".to_owned(), expires.timestamp().into());
    }
    Ok(claims)
}

impl std::fmt::Debug for GitHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GitHub")
    }
}
