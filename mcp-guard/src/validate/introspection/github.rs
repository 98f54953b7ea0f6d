//! GitHub's "check a token": its tokens are opaque, and it has no RFC 7662.
//!
//! `GET /user` would accept a token of any application. This call answers for tokens of ours only: it is made with the credentials of the OAuth
//! application, and names the application in its answer.

use chrono::DateTime;
use http::HeaderValue;
use http::StatusCode;
use serde::Deserialize;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;
use url::Url;

use super::IntrospectionValidator;
use super::authentication::basic;
use super::builder::Limits;
use super::builder::endpoint_url;
use super::call::Cause;
use super::call::Question;
use super::call::Source;
use super::call::Verdict;
use super::call::object;
use super::call::refused;
use super::rules::AnswerRules;
use crate::validate::ValidatorError;
use crate::validate::fetch::Reply;

const ISSUER: &str = "https://github.com";
const API: &str = "https://api.github.com";

/// What a validator of GitHub's tokens is made of.
#[derive(Clone)]
pub(crate) struct GitHubSettings {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// What tokens are said to be issued by.
    pub(crate) issuer: String,
    /// The root of the REST API.
    pub(crate) api: String,
    pub(crate) limits: Limits,
}

impl GitHubSettings {
    pub(crate) fn new(client_id: String, client_secret: String) -> Self {
        let (issuer, api) = (ISSUER.to_owned(), API.to_owned());
        Self { client_id, client_secret, issuer, api, limits: Limits::default() }
    }
}

impl std::fmt::Debug for GitHubSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitHubSettings").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

pub(super) struct GitHub {
    credentials: HeaderValue,
}

impl IntrospectionValidator {
    /// Validates the access tokens that GitHub issues to this application. Their subject is the user's number, which stays when the name changes.
    pub(crate) fn github(settings: GitHubSettings) -> Result<Self, Box<ValidatorError>> {
        let GitHubSettings { client_id, client_secret, issuer, api, limits } = settings;
        if client_id.is_empty() || client_secret.is_empty() {
            return Err(ValidatorError::Credentials { reason: "the client id or the secret is empty" }.into());
        }
        let mut endpoint = endpoint_url(&api).ok_or(ValidatorError::IntrospectionEndpoint)?;
        endpoint.path_segments_mut().map_err(|()| ValidatorError::IntrospectionEndpoint)?.pop_if_empty().extend([
            "applications",
            &client_id,
            "token",
        ]);
        let source = Source::GitHub(GitHub {
            credentials: basic(&client_id, &client_secret).map_err(|reason| ValidatorError::Credentials { reason })?,
        });
        let rules = AnswerRules::new(issuer, vec![client_id], limits.leeway.as_secs());
        Self::new(rules, endpoint.as_str(), source, &limits)
    }
}

/// What is read of the answer. It repeats the token, which nobody else is to see.
#[derive(Deserialize)]
struct Authorization {
    app: App,
    user: Option<User>,
    /// Classic scopes; applications that are granted permissions instead have none.
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
    pub(super) fn question(&self, token: &str) -> Question {
        Question {
            authorization: Some(self.credentials.clone()),
            content_type: "application/json",
            body: json!({"access_token": token}).to_string(),
        }
    }

    pub(super) fn verdict(&self, reply: &Reply, endpoint: &Url) -> Result<Verdict, Cause> {
        match reply.status {
            StatusCode::OK => {
                let answer = Authorization::deserialize(Value::Object(object(reply, endpoint)?));
                claims(answer.map_err(|_| Cause::Answer("it is no authorization of an application"))?)
                    .map(Verdict::Active)
            }
            StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => Ok(Verdict::Inactive),
            status => Err(refused(status)),
        }
    }
}

/// The answer as claims. The application is whom the token is for.
fn claims(answer: Authorization) -> Result<Map<String, Value>, Cause> {
    let mut claims = Map::new();
    claims.insert("aud".to_owned(), answer.app.client_id.clone().into());
    claims.insert("client_id".to_owned(), answer.app.client_id.into());
    claims.insert("scope".to_owned(), answer.scopes.unwrap_or_default().into());
    if let Some(user) = answer.user {
        claims.insert("sub".to_owned(), user.id.to_string().into());
        claims.insert("login".to_owned(), user.login.into());
    }
    if let Some(expires) = answer.expires_at {
        let expires = DateTime::parse_from_rfc3339(&expires).map_err(|_| Cause::Answer("expires_at is no date"))?;
        claims.insert("exp".to_owned(), expires.timestamp().into());
    }
    Ok(claims)
}

impl std::fmt::Debug for GitHub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GitHub")
    }
}
