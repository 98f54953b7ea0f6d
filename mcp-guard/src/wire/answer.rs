//! What a refusal looks like on the wire: an HTTP status, perhaps a challenge, and a JSON-RPC error with the request's id.
//!
//! The codes of mcp-guard's own errors are the HTTP statuses: they are outside of -32768 to -32000, which JSON-RPC and MCP keep for themselves (MCP,
//! "Error Codes").

use std::time::Duration;

use axum::response::IntoResponse;
use axum::response::Response;
use http::HeaderName;
use http::HeaderValue;
use http::StatusCode;
use http::header::CACHE_CONTROL;
use http::header::CONTENT_TYPE;
use http::header::RETRY_AFTER;
use http::header::WWW_AUTHENTICATE;
use rmcp::model::ErrorCode;
use serde::Serialize;

use super::BearerError;
use super::Challenger;
use crate::policy::Refusal;
use crate::scope::MissingScopes;
use crate::scope::ScopeSet;

/// Where a client finds the nonce for its next proof (RFC 9449 section 8.1).
pub(crate) const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// When to send a request again for which there was no memory: bodies are held for a short time.
const BODY_RETRY: Duration = Duration::from_secs(5);

pub(crate) const INTERNAL_ERROR: &str = "Internal server error";
/// The message where the authentication layer is missing.
pub(crate) const NOT_AUTHENTICATED: &str = "This server does not authenticate its callers";

/// The id of a JSON-RPC request.
#[derive(Clone, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum RequestId {
    Integer(i64),
    Text(String),
    /// The request has none, or it cannot be read. Written as `null`.
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

/// The challenge once more, for clients that show the body and not the header.
#[derive(Serialize)]
struct ErrorData<'e> {
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    scope: String,
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
    let body = serde_json::to_vec(message).expect("texts and numbers are always JSON");
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, body).into_response()
}

/// The result of a request.
pub(crate) fn result(id: &RequestId, result: &impl Serialize) -> Response {
    #[derive(Serialize)]
    struct JsonRpcResult<'r, R> {
        jsonrpc: &'static str,
        id: &'r RequestId,
        result: &'r R,
    }

    json(StatusCode::OK, &JsonRpcResult { jsonrpc: "2.0", id, result })
}

/// The refusal of a request.
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
        error: Option<BearerError>,
        needed: &ScopeSet,
        message: &str,
    ) -> Response {
        let data = ErrorData {
            error: error.map(BearerError::code),
            scope: self.spell(needed).to_string(),
            resource_metadata: self.resource_metadata(),
        };
        let code = ErrorCode(i32::from(status.as_u16()));
        let mut response = respond(status, id, ErrorObject { code, message, data: Some(data) });
        response.headers_mut().insert(WWW_AUTHENTICATE, self.challenge(error, needed));
        response
    }

    /// `401` to a request without credentials: no error code (RFC 6750 section 3.1).
    pub(crate) fn authenticate(&self, id: &RequestId, needed: &ScopeSet) -> Response {
        self.refuse(StatusCode::UNAUTHORIZED, id, None, needed, "Access token required")
    }

    /// `401` to a token that is no good. The same whatever is wrong with it.
    pub(crate) fn invalid_token(&self, id: &RequestId, needed: &ScopeSet) -> Response {
        let error = BearerError::InvalidToken;
        self.refuse(StatusCode::UNAUTHORIZED, id, Some(error), needed, error.description())
    }

    /// `401` to a proof of possession that is no good. The same whatever is wrong with it, but for the nonce.
    pub(crate) fn invalid_proof(&self, id: &RequestId, needed: &ScopeSet) -> Response {
        let error = BearerError::InvalidDpopProof;
        self.refuse(StatusCode::UNAUTHORIZED, id, Some(error), needed, error.description())
    }

    /// `401` to a proof of possession that lacks this nonce (RFC 9449 section 9).
    pub(crate) fn use_nonce(&self, id: &RequestId, needed: &ScopeSet, nonce: HeaderValue) -> Response {
        let error = BearerError::UseDpopNonce;
        let mut response = self.refuse(StatusCode::UNAUTHORIZED, id, Some(error), needed, error.description());
        response.headers_mut().insert(DPOP_NONCE, nonce);
        response
    }

    /// `403` to a token that holds too little, naming everything that the operation needs.
    pub(crate) fn insufficient_scope(&self, id: &RequestId, needed: &ScopeSet, missing: &ScopeSet) -> Response {
        let message = MissingScopes(&self.spell(missing)).to_string();
        self.refuse(StatusCode::FORBIDDEN, id, Some(BearerError::InsufficientScope), needed, &message)
    }

    /// `400` to credentials that cannot be read.
    pub(crate) fn invalid_request(&self, needed: &ScopeSet) -> Response {
        let error = BearerError::InvalidRequest;
        self.refuse(StatusCode::BAD_REQUEST, &RequestId::Unknown, Some(error), needed, error.description())
    }
}

/// `503` without a challenge: the token may be good, so the client must keep it.
pub(crate) fn unavailable(retry_after: Duration) -> Response {
    busy(
        retry_after,
        &RequestId::Unknown,
        "The access token cannot be validated at the moment: the authorization server does not answer",
    )
}

/// `503` where there is no room to remember a proof of possession.
pub(crate) fn too_many_proofs(retry_after: Duration) -> Response {
    busy(retry_after, &RequestId::Unknown, "The server cannot take further proofs of possession at the moment")
}

/// `503` where request bodies take too much memory.
pub(crate) fn overloaded() -> Response {
    busy(BODY_RETRY, &RequestId::Unknown, "The server has no memory for this request at the moment")
}

/// `503` to a request that a limit of the server excludes for now.
pub(crate) fn busy(retry_after: Duration, id: &RequestId, message: &str) -> Response {
    let mut response = http_error(StatusCode::SERVICE_UNAVAILABLE, id, message);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1)));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_told_to_try_again_at_once() {
        assert_eq!(unavailable(Duration::ZERO).headers()[RETRY_AFTER], "1");
    }
}
