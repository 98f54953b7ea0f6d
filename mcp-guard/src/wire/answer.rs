//! HTTP responses with JSON-RPC errors, and challenges where applicable.
//!
//! The error codes of mcp-guard are HTTP statuses. They are outside of -32768 to -32000, which JSON-RPC and MCP reserve
//! (MCP, "Error Codes").

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use rmcp::model::ErrorCode;
use serde::Serialize;

use super::{ChallengeError, Challenger};
use crate::limit::Exceeded;
use crate::policy::Refusal;
use crate::scope::{MissingScopes, ScopeSet};

/// The header with the nonce for the next proof (RFC 9449 section 8.1).
pub(crate) const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The `Retry-After` when the memory budget is exhausted. Bodies are kept for a short time.
const BODY_RETRY: Duration = Duration::from_secs(5);

pub(crate) const INTERNAL_ERROR: &str = "Internal server error";
/// The message where the authentication layer is missing.
pub(crate) const NOT_AUTHENTICATED: &str = "Authentication is not configured on this server";

/// The id of a JSON-RPC request.
#[derive(Clone, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum RequestId {
    Integer(i64),
    Text(String),
    /// The request has no readable id. Written as `null`.
    Unknown,
}

#[derive(Serialize)]
struct JsonRpcError<'e> {
    jsonrpc: &'static str,
    id: &'e RequestId,
    error: ErrorObject<'e>,
}

#[derive(Serialize)]
struct ErrorObject<'e> {
    code: ErrorCode,
    message: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<ErrorData<'e>>,
}

/// A copy of the challenge, for clients that show the body and not the header.
#[derive(Serialize)]
struct ErrorData<'e> {
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    scope: &'e str,
    resource_metadata: &'e str,
}

/// Returns a JSON-RPC error without a challenge, whose code is the HTTP status.
pub(crate) fn http_error(status: StatusCode, id: &RequestId, message: &str) -> Response {
    error(status, id, ErrorCode(i32::from(status.as_u16())), message)
}

/// Returns a JSON-RPC error without a challenge.
pub(crate) fn error(status: StatusCode, id: &RequestId, code: ErrorCode, message: &str) -> Response {
    respond(status, id, ErrorObject { code, message, data: None })
}

fn respond(status: StatusCode, id: &RequestId, error: ErrorObject<'_>) -> Response {
    json(status, &JsonRpcError { jsonrpc: "2.0", id, error })
}

fn json(status: StatusCode, message: &impl Serialize) -> Response {
    // Most messages fit.
    let mut body = Vec::with_capacity(512);
    serde_json::to_writer(&mut body, message).expect("texts and numbers are always JSON");
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Returns the result of a request.
pub(crate) fn result(id: &RequestId, result: &impl Serialize) -> Response {
    #[derive(Serialize)]
    struct JsonRpcResult<'r, R> {
        jsonrpc: &'static str,
        id: &'r RequestId,
        result: &'r R,
    }

    json(StatusCode::OK, &JsonRpcResult { jsonrpc: "2.0", id, result })
}

/// Returns the response to a rejected request.
pub(crate) fn refusal(challenger: Option<&Challenger>, id: &RequestId, refusal: &Refusal) -> Response {
    match (refusal, challenger) {
        (Refusal::Unauthenticated { needed }, Some(challenger)) => challenger.authenticate(id, needed),
        (Refusal::InsufficientScope { needed, missing }, Some(challenger)) => {
            challenger.insufficient_scope(id, needed, missing)
        }
        (Refusal::InvalidToken { needed }, Some(challenger)) => challenger.invalid_token(id, needed),
        (Refusal::ServerError, _) => {
            error(StatusCode::INTERNAL_SERVER_ERROR, id, ErrorCode::INTERNAL_ERROR, INTERNAL_ERROR)
        }
        (Refusal::NoCaller, _) | (_, None) => http_error(StatusCode::INTERNAL_SERVER_ERROR, id, NOT_AUTHENTICATED),
    }
}

impl Challenger {
    fn refuse(
        &self,
        status: StatusCode,
        id: &RequestId,
        error: Option<ChallengeError>,
        needed: &ScopeSet,
        message: &str,
    ) -> Response {
        let scope = self.spell(needed).joined();
        let data = ErrorData {
            error: error.map(ChallengeError::code),
            scope: &scope,
            resource_metadata: self.resource_metadata(),
        };
        let code = ErrorCode(i32::from(status.as_u16()));
        let mut response = respond(status, id, ErrorObject { code, message, data: Some(data) });
        response.headers_mut().insert(WWW_AUTHENTICATE, self.challenge_for(error, &scope));
        response
    }

    /// Returns the `401` for a request without credentials. It has no error code (RFC 6750 section 3.1).
    pub(crate) fn authenticate(&self, id: &RequestId, needed: &ScopeSet) -> Response {
        self.refuse(StatusCode::UNAUTHORIZED, id, None, needed, "Access token required")
    }

    /// Returns the `401` for an invalid token. It is the same for every reason.
    pub(crate) fn invalid_token(&self, id: &RequestId, needed: &ScopeSet) -> Response {
        let error = ChallengeError::InvalidToken;
        self.refuse(StatusCode::UNAUTHORIZED, id, Some(error), needed, error.description())
    }

    /// Returns the `401` for an invalid DPoP proof. It is the same for every reason except a missing nonce.
    pub(crate) fn invalid_proof(&self, id: &RequestId, needed: &ScopeSet) -> Response {
        let error = ChallengeError::InvalidDpopProof;
        self.refuse(StatusCode::UNAUTHORIZED, id, Some(error), needed, error.description())
    }

    /// Returns the `401` for a DPoP proof without this nonce (RFC 9449 section 9).
    pub(crate) fn use_nonce(&self, id: &RequestId, needed: &ScopeSet, nonce: HeaderValue) -> Response {
        let error = ChallengeError::UseDpopNonce;
        let mut response = self.refuse(StatusCode::UNAUTHORIZED, id, Some(error), needed, error.description());
        response.headers_mut().insert(DPOP_NONCE, nonce);
        response
    }

    /// Returns the `403` for a token with insufficient scopes. The challenge names all required scopes.
    pub(crate) fn insufficient_scope(&self, id: &RequestId, needed: &ScopeSet, missing: &ScopeSet) -> Response {
        let message = MissingScopes(&self.spell(missing)).to_string();
        self.refuse(StatusCode::FORBIDDEN, id, Some(ChallengeError::InsufficientScope), needed, &message)
    }

    /// Returns the `400` for malformed credentials.
    pub(crate) fn invalid_request(&self, needed: &ScopeSet) -> Response {
        let error = ChallengeError::InvalidRequest;
        self.refuse(StatusCode::BAD_REQUEST, &RequestId::Unknown, Some(error), needed, error.description())
    }
}

/// Returns the `503` when the token cannot be validated. It has no challenge, because the client must keep its token.
pub(crate) fn unavailable(retry_after: Duration) -> Response {
    busy(retry_after, &RequestId::Unknown, "The authorization server is unavailable")
}

/// Returns the `503` when the memory for used DPoP proofs is full.
pub(crate) fn too_many_proofs(retry_after: Duration) -> Response {
    busy(retry_after, &RequestId::Unknown, "Too many DPoP proofs")
}

/// Returns the `503` when the memory budget for request bodies is exhausted.
pub(crate) fn overloaded() -> Response {
    busy(BODY_RETRY, &RequestId::Unknown, "Too many request bodies in progress")
}

/// Returns the `429` for a request over a limit of its sender.
pub(crate) fn too_many(exceeded: &Exceeded, id: &RequestId) -> Response {
    let mut response = http_error(StatusCode::TOO_MANY_REQUESTS, id, &exceeded.to_string());
    exceeded.write(response.headers_mut());
    response
}

/// Returns the `503` for a request over a limit of the server.
pub(crate) fn busy(retry_after: Duration, id: &RequestId, message: &str) -> Response {
    let mut response = http_error(StatusCode::SERVICE_UNAVAILABLE, id, message);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1)));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_never_zero() {
        assert_eq!(unavailable(Duration::ZERO).headers()[RETRY_AFTER], "1");
    }
}
