//! Passes requests to the server value.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use futures::future::BoxFuture;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use rmcp::model::{
    ClientRequest, ErrorCode, JsonRpcMessage, ProtocolVersion, RequestId, ServerJsonRpcMessage, ServerResult,
};
use rmcp::service::{RequestContext, Service as _};
use rmcp::{ErrorData, RoleServer, ServerHandler};

use super::blocking::BlockingWatch;
use super::page_body::page_body;
use super::pages::{KeptResult, Pages};
use super::{DirectCall, Revision, peer};
use crate::operation::Operations;
use crate::request::{Caller, RequestEnd};

/// The result of a request. `Err` means that the application could not create the server value.
type Handled = Result<Result<ServerResult, ErrorData>, io::Error>;
type Handle = dyn Fn(ClientRequest, RequestContext<RoleServer>) -> BoxFuture<'static, Handled> + Send + Sync;

/// Answers requests without rmcp's transport.
pub(crate) struct Dispatcher {
    pages: Pages,
    blocking: BlockingWatch,
    handle: Box<Handle>,
}

opaque_debug!(Dispatcher);

impl Dispatcher {
    /// Creates the dispatcher of a server whose values `factory` creates, one for each request.
    pub(crate) fn new<S: ServerHandler>(
        factory: Arc<dyn Fn() -> Result<S, io::Error> + Send + Sync>,
        operations: &'static dyn Operations,
    ) -> Self {
        let handle = move |request, context| -> BoxFuture<'static, Handled> {
            let factory = Arc::clone(&factory);
            Box::pin(async move { Ok(factory()?.handle_request(request, context).await) })
        };
        Self { pages: Pages::new(operations), blocking: BlockingWatch::default(), handle: Box::new(handle) }
    }

    /// Answers a request. `parts` are those of its HTTP request.
    pub(crate) async fn answer(&self, call: DirectCall, mut parts: Parts) -> Response {
        let DirectCall { id, request, meta, revision } = call;
        let is_malformed = match &revision {
            Revision::Negotiated => !meta.missing_required_keys(&ProtocolVersion::V_2026_07_28).is_empty(),
            Revision::Legacy(_) => false,
        };
        let caller = parts.extensions.get::<Caller>().filter(|_| !is_malformed);
        let page = caller.and_then(|caller| Some((self.pages.view(&request, &revision, caller)?, caller.clone())));
        if let Some(result) = page.as_ref().and_then(|(view, caller)| self.pages.get(view, caller)) {
            return json(StatusCode::OK, page_body(&id, result));
        }
        let Some(peer) = peer::closed(revision.version()) else { return internal_error(id) };
        let mut context = RequestContext::new(id.clone(), peer);
        context.meta = meta;
        // When the token becomes invalid, the authentication layer drops this future and responds.
        parts.extensions.remove::<RequestEnd>();
        context.extensions.insert(parts);
        match self.blocking.watch((self.handle)(request, context)).await {
            Ok(Ok(result)) => match page {
                Some((view, caller)) => {
                    let result = KeptResult::new(&result);
                    self.pages.keep(view, &caller, result.clone());
                    json(StatusCode::OK, page_body(&id, result))
                }
                None => respond(StatusCode::OK, &JsonRpcMessage::response(result, id)),
            },
            Ok(Err(error)) => {
                let status = match revision {
                    Revision::Negotiated => status(error.code, is_malformed),
                    // Before 2026-07-28 every JSON-RPC error is sent with 200.
                    Revision::Legacy(_) => StatusCode::OK,
                };
                respond(status, &JsonRpcMessage::error(error, Some(id)))
            }
            Err(error) => {
                tracing::error!(%error, "cannot create the server of a request");
                internal_error(id)
            }
        }
    }
}

pub(super) const IS_JSON: &str = "a message of rmcp is always JSON";

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

fn internal_error(id: RequestId) -> Response {
    let error = ErrorData::internal_error("Internal server error", None);
    respond(StatusCode::INTERNAL_SERVER_ERROR, &JsonRpcMessage::error(error, Some(id)))
}

fn respond(status: StatusCode, message: &ServerJsonRpcMessage) -> Response {
    // Most responses fit.
    let mut body = Vec::with_capacity(1024);
    serde_json::to_writer(&mut body, message).expect(IS_JSON);
    json(status, body.into())
}

fn json(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
