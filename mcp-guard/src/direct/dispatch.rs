//! Passes requests to the server value.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use futures::future::BoxFuture;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use rmcp::model::{ErrorCode, JsonRpcMessage, ProtocolVersion, ServerJsonRpcMessage};
use rmcp::service::{RequestContext, Service as _};
use rmcp::{ErrorData, ServerHandler};

use super::{DirectCall, Revision, peer};
use crate::request::RequestEnd;

/// Answers a request. The parts are those of its HTTP request.
pub(crate) type Dispatch = dyn Fn(DirectCall, Parts) -> BoxFuture<'static, Response> + Send + Sync;

/// Returns the function that answers requests with the servers of `factory`.
pub(crate) fn dispatcher<S: ServerHandler>(
    factory: Arc<dyn Fn() -> Result<S, std::io::Error> + Send + Sync>,
) -> Arc<Dispatch> {
    Arc::new(move |call, parts| {
        let factory = Arc::clone(&factory);
        Box::pin(async move {
            match factory() {
                Ok(server) => answer(&server, call, parts).await,
                Err(error) => {
                    tracing::error!(%error, "cannot create the server of a request");
                    let error = ErrorData::internal_error("Internal server error", None);
                    respond(StatusCode::INTERNAL_SERVER_ERROR, &JsonRpcMessage::error(error, Some(call.id)))
                }
            }
        })
    })
}

async fn answer<S: ServerHandler>(server: &S, call: DirectCall, mut parts: Parts) -> Response {
    let DirectCall { id, request, meta, revision } = call;
    let is_malformed = match &revision {
        Revision::Negotiated => !meta.missing_required_keys(&ProtocolVersion::V_2026_07_28).is_empty(),
        Revision::Legacy(_) => false,
    };
    let Some(peer) = peer::closed(revision.version()) else {
        let error = ErrorData::internal_error("Internal server error", None);
        return respond(StatusCode::INTERNAL_SERVER_ERROR, &JsonRpcMessage::error(error, Some(id)));
    };
    let mut context = RequestContext::new(id.clone(), peer);
    context.meta = meta;
    // When the token becomes invalid, the authentication layer drops this future and responds.
    parts.extensions.remove::<RequestEnd>();
    context.extensions.insert(parts);
    match server.handle_request(request, context).await {
        Ok(result) => respond(StatusCode::OK, &JsonRpcMessage::response(result, id)),
        Err(error) => {
            let status = match revision {
                Revision::Negotiated => status(error.code, is_malformed),
                // Before 2026-07-28 every JSON-RPC error is sent with 200.
                Revision::Legacy(_) => StatusCode::OK,
            };
            respond(status, &JsonRpcMessage::error(error, Some(id)))
        }
    }
}

/// Returns the HTTP status of an error, as rmcp's transport does since 2026-07-28.
const fn status(code: ErrorCode, is_malformed: bool) -> StatusCode {
    match code {
        ErrorCode::UNSUPPORTED_PROTOCOL_VERSION
        | ErrorCode::MISSING_REQUIRED_CLIENT_CAPABILITY
        | ErrorCode::HEADER_MISMATCH => StatusCode::BAD_REQUEST,
        ErrorCode::INVALID_PARAMS if is_malformed => StatusCode::BAD_REQUEST,
        ErrorCode::METHOD_NOT_FOUND => StatusCode::NOT_FOUND,
        _ => StatusCode::OK,
    }
}

fn respond(status: StatusCode, message: &ServerJsonRpcMessage) -> Response {
    let body = serde_json::to_vec(message).expect("a message of rmcp is always JSON");
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
