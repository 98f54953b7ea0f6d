//! Selects the requests that need no connection.
//!
//! These rules are at least as strict as those of rmcp's transport (`handle_post`). A request that fails one of them is
//! passed to the transport, which rejects it or serves it.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, ClientRequest, DiscoverRequest, DiscoverRequestParams, GetPromptRequest,
    GetPromptRequestParams, ListPromptsRequest, ListResourceTemplatesRequest, ListResourcesRequest, ListToolsRequest,
    NumberOrString, PaginatedRequestParams, ReadResourceRequest, ReadResourceRequestParams, RequestMetaObject,
};
use serde::Deserialize;

use super::config::GateConfig;
use super::headers::PROTOCOL_VERSION;
use super::message::{Message, Params};
use crate::direct::{DirectCall, Revision};
use crate::json::Scalar;

const JSON: &str = "application/json";

impl GateConfig {
    /// Returns the request if it needs no connection. `has_session` means that it belongs to a session.
    pub(super) fn direct_call(
        &self,
        headers: &HeaderMap,
        message: &Message<'_>,
        has_session: bool,
    ) -> Option<DirectCall> {
        self.direct.as_ref()?;
        let Message::Request { id, method, params } = message else { return None };
        if has_session || !is_json(headers) || !self.lookup.is_direct(method, params) {
            return None;
        }
        let id = match id {
            Scalar::Integer(id) => NumberOrString::Number(*id),
            Scalar::Text(id) => NumberOrString::String(id.as_ref().into()),
            Scalar::Other => return None,
        };
        let (request, meta) = typed(method, params)?;
        let header = match headers.get(PROTOCOL_VERSION) {
            Some(version) => Some(version.to_str().ok()?),
            None => None,
        };
        let revision = Revision::of(header, &meta, self.sessions.is_some())?;
        // Before 2026-07-28 the method does not exist, and the transport says so.
        if matches!(request, ClientRequest::DiscoverRequest(_)) && revision != Revision::Negotiated {
            return None;
        }
        Some(DirectCall { id, request, meta, revision })
    }
}

/// Returns the typed request and its `_meta`. `None` if the params do not have the type of the method.
fn typed(method: &str, params: &Params<'_>) -> Option<(ClientRequest, RequestMetaObject)> {
    match method {
        "tools/call" => {
            let mut params = params.read::<CallToolRequestParams>()?;
            let meta = params.meta.take().unwrap_or_default();
            Some((ClientRequest::CallToolRequest(CallToolRequest::new(params)), meta))
        }
        "prompts/get" => {
            let mut params = params.read::<GetPromptRequestParams>()?;
            let meta = params.meta.take().unwrap_or_default();
            Some((ClientRequest::GetPromptRequest(GetPromptRequest::new(params)), meta))
        }
        "resources/read" => {
            let mut params = params.read::<ReadResourceRequestParams>()?;
            let meta = params.meta.take().unwrap_or_default();
            Some((ClientRequest::ReadResourceRequest(ReadResourceRequest::new(params)), meta))
        }
        "tools/list" => list(params, ListToolsRequest::with_param, ClientRequest::ListToolsRequest),
        "prompts/list" => list(params, ListPromptsRequest::with_param, ClientRequest::ListPromptsRequest),
        "resources/list" => list(params, ListResourcesRequest::with_param, ClientRequest::ListResourcesRequest),
        "resources/templates/list" => {
            list(params, ListResourceTemplatesRequest::with_param, ClientRequest::ListResourceTemplatesRequest)
        }
        "server/discover" => {
            let OnlyMeta { meta } = params.read()?;
            Some((ClientRequest::DiscoverRequest(DiscoverRequest::new(DiscoverRequestParams {})), meta))
        }
        _ => None,
    }
}

/// Returns the typed request for the first page of a list. A request with a cursor is left to the transport.
fn list<R>(
    params: &Params<'_>,
    typed: fn(PaginatedRequestParams) -> R,
    request: fn(R) -> ClientRequest,
) -> Option<(ClientRequest, RequestMetaObject)> {
    let mut params = params.read::<PaginatedRequestParams>()?;
    let meta = params.meta.take().unwrap_or_default();
    params.cursor.is_none().then(|| (request(typed(params)), meta))
}

/// The params of `server/discover`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnlyMeta {
    #[serde(rename = "_meta")]
    meta: RequestMetaObject,
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).map(HeaderValue::to_str);
    let Some(Ok(value)) = value else { return false };
    value.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case(JSON))
}
