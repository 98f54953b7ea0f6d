//! The request to an endpoint and its response, common to all providers.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value};
use url::Url;

use crate::validate::claim::{ClaimMap, remove_null};
use crate::validate::fetch::{Failure, FetchError, Reply};

/// A request body with its credentials.
pub(super) struct EndpointRequest {
    pub(super) authorization: Option<HeaderValue>,
    pub(super) content_type: &'static str,
    pub(super) body: String,
}

/// The status of a token at the authorization server.
pub(super) enum TokenStatus {
    /// The token is active and has these claims. They are not validated yet.
    Active(Map<String, Value>),
    /// The token is unknown, expired or revoked.
    Inactive,
}

/// A failed call. It contains no part of the token or of the credentials.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    #[error(transparent)]
    Fetch(Box<FetchError>),
    #[error("status {0}: the credentials of this server are invalid, or the rate limit is exceeded")]
    Credentials(StatusCode),
    #[error("unexpected status {0}")]
    Status(StatusCode),
    #[error("invalid response: {0}")]
    Answer(&'static str),
    #[error("the endpoint is not discovered yet")]
    NoEndpoint,
    #[error("the client assertion cannot be signed")]
    Assertion,
}

impl CallError {
    /// Returns the kind of the failure.
    pub(super) const fn failure(&self) -> Failure {
        match self {
            Self::Fetch(error) => error.failure(),
            Self::Credentials(status) | Self::Status(status) => Failure::Status(status.as_u16()),
            Self::Answer(_) | Self::NoEndpoint | Self::Assertion => Failure::Invalid,
        }
    }
}

impl From<FetchError> for CallError {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error.into())
    }
}

/// Parses the JSON object of a response that is labeled as JSON.
pub(super) fn object(reply: &Reply, endpoint: &Url) -> Result<Map<String, Value>, CallError> {
    let content_type = reply.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(CallError::Answer("expected application/json"));
    }
    let body = reply.json(endpoint)?;
    let ClaimMap(mut claims) = ClaimMap::parse(&body)
        .map_err(|_| CallError::Answer("expected a JSON object without duplicate member names"))?;
    // Some authorization servers send unknown members as null.
    remove_null(&mut claims);
    Ok(claims)
}

/// Returns the error for an unexpected status.
pub(super) fn unexpected_status(status: StatusCode) -> CallError {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS => {
            CallError::Credentials(status)
        }
        status => CallError::Status(status),
    }
}
