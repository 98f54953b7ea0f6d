//! Rejections of routes outside MCP: the challenges of the MCP endpoint, with a body for REST clients.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Serialize;

use super::answer::{DPOP_NONCE, INTERNAL_ERROR};
use super::{ChallengeError, Challenger};
use crate::limit::Exceeded;
use crate::policy::Refusal;
use crate::scope::ScopeSet;
use crate::token::InsufficientScope;

/// The body of every rejection, with the names of RFC 6750 section 3.
#[derive(Debug, Serialize)]
pub(crate) struct RestBody<'b> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<&'static str>,
    pub(crate) error_description: &'b str,
    /// The required scopes, separated by spaces.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) scope: String,
}

impl Challenger {
    /// Returns a rejection with a challenge.
    pub(crate) fn rest(&self, error: Option<ChallengeError>, needed: &ScopeSet) -> Response {
        let status = match error {
            Some(ChallengeError::InsufficientScope) => StatusCode::FORBIDDEN,
            Some(ChallengeError::InvalidRequest) => StatusCode::BAD_REQUEST,
            _ => StatusCode::UNAUTHORIZED,
        };
        let body = RestBody {
            error: error.map(ChallengeError::code),
            error_description: error.map_or("Access token required", ChallengeError::description),
            scope: self.spell(needed).to_string(),
        };
        (status, [(WWW_AUTHENTICATE, self.challenge(error, needed))], Json(body)).into_response()
    }

    /// Returns the rejection of a DPoP proof without this nonce.
    pub(crate) fn rest_nonce(&self, needed: &ScopeSet, nonce: http::HeaderValue) -> Response {
        let mut response = self.rest(Some(ChallengeError::UseDpopNonce), needed);
        response.headers_mut().insert(DPOP_NONCE, nonce);
        response
    }
}

/// Returns the response to a refused request.
pub(crate) fn refusal(challenger: Option<&Challenger>, refusal: &Refusal) -> Response {
    match (refusal, challenger) {
        (Refusal::Unauthenticated { needed }, Some(challenger)) => challenger.rest(None, needed),
        (Refusal::InsufficientScope { needed, .. }, Some(challenger)) => {
            challenger.rest(Some(ChallengeError::InsufficientScope), needed)
        }
        (Refusal::InvalidToken { needed }, Some(challenger)) => {
            challenger.rest(Some(ChallengeError::InvalidToken), needed)
        }
        (Refusal::ServerError | Refusal::NoCaller, _) | (_, None) => internal_error(),
    }
}

/// Replaces the body of a `503`.
pub(crate) fn busy(response: &Response) -> Response {
    let body = RestBody { error: None, error_description: "Tokens cannot be validated now", scope: String::new() };
    let mut busy = (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response();
    busy.headers_mut().extend(response.headers().get(RETRY_AFTER).map(|after| (RETRY_AFTER, after.clone())));
    busy
}

/// Returns the `429` for a request over a limit of its sender.
pub(crate) fn too_many(exceeded: &Exceeded) -> Response {
    let body = RestBody { error: None, error_description: &exceeded.to_string(), scope: String::new() };
    let mut response = (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response();
    exceeded.write(response.headers_mut());
    response
}

pub(crate) fn internal_error() -> Response {
    let body = RestBody { error: None, error_description: INTERNAL_ERROR, scope: String::new() };
    (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
}

/// The response of an axum handler that required more scopes than the token has.
///
/// It has no challenge: the layer of the route replaces it by one with a challenge.
impl IntoResponse for InsufficientScope {
    fn into_response(self) -> Response {
        let error = ChallengeError::InsufficientScope;
        let scope = self.needed().to_string();
        let body = RestBody { error: Some(error.code()), error_description: error.description(), scope };
        let mut response = (StatusCode::FORBIDDEN, Json(body)).into_response();
        response.extensions_mut().insert(Late);
        response
    }
}

/// Marks the response of a handler that returned [`InsufficientScope`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Late;
