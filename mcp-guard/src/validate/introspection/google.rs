//! Google's `tokeninfo` endpoint. Google issues opaque access tokens, and does not support RFC 7662.
//!
//! The documentation uses a GET with the token in the query, which may appear in logs. The client library of Google
//! sends a POST with the token in the `Authorization` header, and so does this module. The request needs no credentials
//! of this server. So only `aud` and `azp` distinguish tokens of our client from those of other applications.

use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value};
use url::Url;

use super::exchange::{CallError, EndpointRequest, TokenStatus, object, unexpected_status};
use crate::validate::clock::unix_now;
use crate::validate::fetch::Reply;

/// Short scope names that clients may request, and the full names that Google grants.
const SHORT_NAMES: [(&str, &str); 2] = [
    ("email", "https://www.googleapis.com/auth/userinfo.email"),
    ("profile", "https://www.googleapis.com/auth/userinfo.profile"),
];

#[derive(Debug)]
pub(crate) struct Google;

impl Google {
    /// The issuer of Google tokens, as in its ID tokens, and the authorization server for clients.
    pub(crate) const ISSUER: &str = "https://accounts.google.com";
    pub(crate) const ENDPOINT: &str = "https://oauth2.googleapis.com/tokeninfo";

    pub(super) fn request(&self, token: &str) -> Result<EndpointRequest, CallError> {
        let authorization = HeaderValue::try_from(format!("Bearer {token}"));
        let authorization = authorization.map_err(|_| CallError::Answer("the token is not a valid header value"))?;
        Ok(EndpointRequest {
            authorization: Some(authorization),
            content_type: "application/x-www-form-urlencoded",
            body: String::new(),
        })
    }

    pub(super) fn token_status(&self, reply: &Reply, endpoint: &Url) -> Result<TokenStatus, CallError> {
        match reply.status {
            StatusCode::OK => Ok(TokenStatus::Active(claims(object(reply, endpoint)?)?)),
            // The token is the only credential in the request. `invalid_request` is an error of the request, not of the
            // token.
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED => {
                let answer = object(reply, endpoint)?;
                if answer.get("error").and_then(Value::as_str) == Some("invalid_request") {
                    return Err(CallError::Status(reply.status));
                }
                Ok(TokenStatus::Inactive)
            }
            status => Err(unexpected_status(status)),
        }
    }
}

/// Converts the response into claims: it contains numbers as strings and full scope names.
fn claims(mut answer: Map<String, Value>) -> Result<Map<String, Value>, CallError> {
    let number = |name: &str| match answer.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) => Ok(number.as_u64()),
        Some(Value::String(text)) => {
            text.parse::<u64>().map(Some).map_err(|_| CallError::Answer("`exp` or `expires_in` is not a number"))
        }
        Some(_) => Err(CallError::Answer("`exp` or `expires_in` is not a number")),
    };
    let expires = match (number("exp")?, number("expires_in")?) {
        (Some(expires), _) => Some(expires),
        (None, left) => left.map(|left| unix_now().saturating_add(left)),
    };
    answer.remove("exp");
    answer.remove("expires_in");
    if let Some(expires) = expires {
        answer.insert("exp".to_owned(), expires.into());
    }
    if let Some(Value::String(scope)) = answer.get_mut("scope") {
        let long = |name| SHORT_NAMES.iter().find(|(short, _)| *short == name).map_or(name, |(_, long)| *long);
        *scope = scope.split(' ').map(long).collect::<Vec<_>>().join(" ");
    }
    if let Some(verified) = answer.get_mut("email_verified") {
        *verified = match verified.as_str() {
            Some("true") => Value::Bool(true),
            Some(_) => Value::Bool(false),
            None => verified.take(),
        };
    }
    Ok(answer)
}
