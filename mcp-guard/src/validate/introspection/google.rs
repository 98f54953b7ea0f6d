//! Google's `tokeninfo`: its access tokens are opaque, and it has no RFC 7662.
//!
//! The documentation shows a GET with the token in the query, where logs would keep it. Google's own client library sends a POST with the token in the
//! `Authorization` header, and so does this. No credentials of this server are involved: whoever has a token may ask about it. So `aud` and `azp`
//! are all that tells a token that was issued to our client from one that any other application was given.

use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value};
use url::Url;

use super::question::{Cause, Question, Verdict, object, refused};
use crate::validate::fetch::Reply;
use crate::validate::jwt::now;

/// Scopes that can be asked for by a short name, and are granted by the long one.
const SHORT_NAMES: [(&str, &str); 2] = [
    ("email", "https://www.googleapis.com/auth/userinfo.email"),
    ("profile", "https://www.googleapis.com/auth/userinfo.profile"),
];

#[derive(Debug)]
pub(crate) struct Google;

impl Google {
    /// The issuer of Google's tokens, as its ID tokens write it. Clients get tokens there as well.
    pub(crate) const ISSUER: &str = "https://accounts.google.com";
    pub(crate) const ENDPOINT: &str = "https://oauth2.googleapis.com/tokeninfo";

    pub(super) fn question(&self, token: &str) -> Result<Question, Cause> {
        let authorization = HeaderValue::try_from(format!("Bearer {token}"));
        let authorization = authorization.map_err(|_| Cause::Answer("the token does not fit into a header"))?;
        Ok(Question {
            authorization: Some(authorization),
            content_type: "application/x-www-form-urlencoded",
            body: String::new(),
        })
    }

    pub(super) fn verdict(&self, reply: &Reply, endpoint: &Url) -> Result<Verdict, Cause> {
        match reply.status {
            StatusCode::OK => Ok(Verdict::Active(claims(object(reply, endpoint)?)?)),
            // The only credentials in the request are the token. A request that is no good is not the token's fault.
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED => {
                let answer = object(reply, endpoint)?;
                if answer.get("error").and_then(Value::as_str) == Some("invalid_request") {
                    return Err(Cause::Status(reply.status));
                }
                Ok(Verdict::Inactive)
            }
            status => Err(refused(status)),
        }
    }
}

/// The answer as claims: numbers come as texts, and scopes by two names.
fn claims(mut answer: Map<String, Value>) -> Result<Map<String, Value>, Cause> {
    let number = |name: &str| match answer.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) => Ok(number.as_u64()),
        Some(Value::String(text)) => text.parse::<u64>().map(Some).map_err(|_| Cause::Answer("a time is no number")),
        Some(_) => Err(Cause::Answer("a time is no number")),
    };
    let expires = match (number("exp")?, number("expires_in")?) {
        (Some(expires), _) => Some(expires),
        (None, left) => left.map(|left| now().saturating_add(left)),
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
