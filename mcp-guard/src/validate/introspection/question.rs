//! What is asked, and what an answer is worth, wherever it is asked.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value};
use url::Url;

use crate::validate::fetch::{FetchError, Reply};

/// The body and the credentials of a request.
pub(super) struct Question {
    pub(super) authorization: Option<HeaderValue>,
    pub(super) content_type: &'static str,
    pub(super) body: String,
}

/// What the authorization server says.
pub(super) enum Verdict {
    /// The claims of a token that it knows. No rule for them is checked yet.
    Active(Map<String, Value>),
    /// It is no token of this authorization server, or none any more.
    Inactive,
}

/// Why there is no answer. Nothing of the token or of the credentials is in it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Cause {
    #[error(transparent)]
    Fetch(Box<FetchError>),
    #[error("it does not accept the credentials of this server, or not so many requests: {0}")]
    Credentials(StatusCode),
    #[error("it answered {0}")]
    Status(StatusCode),
    #[error("its answer is not understood: {0}")]
    Answer(&'static str),
    #[error("the client assertion cannot be signed")]
    Assertion,
}

impl From<FetchError> for Cause {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error.into())
    }
}

/// The JSON object of an answer that says that it is one.
pub(super) fn object(reply: &Reply, endpoint: &Url) -> Result<Map<String, Value>, Cause> {
    let content_type = reply.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(Cause::Answer("it is not application/json"));
    }
    let body = reply.json(endpoint)?;
    let claims = crate::validate::claim::ClaimMap::parse(&body);
    claims.map(|claims| claims.0).map_err(|_| Cause::Answer("it is no JSON object, or it repeats a name"))
}

/// What a status means that is neither an answer nor one of the source's own.
pub(super) fn refused(status: StatusCode) -> Cause {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => Cause::Credentials(status),
        status => Cause::Status(status),
    }
}
