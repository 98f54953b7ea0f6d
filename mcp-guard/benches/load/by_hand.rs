//! A protected tool written by hand on axum: the limit of what a framework can reach. It follows none of the protocol's
//! rules that the benchmark does not need.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::servers::list;

#[derive(Deserialize)]
struct Message<'m> {
    id: i64,
    #[serde(borrow)]
    params: Params<'m>,
}

#[derive(Deserialize)]
struct Params<'m> {
    name: &'m str,
}

/// The scopes of known tokens.
type Cache = Arc<RwLock<HashMap<String, Vec<String>>>>;

pub(crate) fn router() -> Router {
    Router::new().route("/mcp", post(call)).with_state(Cache::default())
}

async fn call(State(cache): State<Cache>, headers: HeaderMap, body: Bytes) -> Response {
    let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let Some(token) = token else { return StatusCode::UNAUTHORIZED.into_response() };
    let Ok(Message { id, params }) = serde_json::from_slice(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let needed = if params.name == "list_todos" { "todo:read" } else { "todo:write" };
    let known = cache.read().unwrap().get(token).map(|scopes| scopes.iter().any(|scope| scope == needed));
    let is_allowed = match known {
        Some(is_allowed) => is_allowed,
        None => {
            // Not verified: only tokens in the cache are measured.
            let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap_or_default()).unwrap_or_default();
            let claims: Value = serde_json::from_slice(&payload).unwrap_or_default();
            let scopes: Vec<String> =
                claims["scope"].as_str().unwrap_or_default().split(' ').map(str::to_owned).collect();
            let is_allowed = scopes.iter().any(|scope| scope == needed);
            cache.write().unwrap().insert(token.to_owned(), scopes);
            is_allowed
        }
    };
    if !is_allowed {
        let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{needed}\"");
        let body = json!({"jsonrpc": "2.0", "id": id, "error": {"code": 403, "message": "Insufficient scope"}});
        return (StatusCode::FORBIDDEN, [(WWW_AUTHENTICATE, challenge)], Json(body)).into_response();
    }
    // Like rmcp's structured results: the value, and its text.
    let value: Value = serde_json::to_value(list().0).unwrap();
    let text = value.to_string();
    let result = json!({"content": [{"type": "text", "text": text}], "structuredContent": value, "isError": false});
    let body = serde_json::to_vec(&json!({"jsonrpc": "2.0", "id": id, "result": result})).unwrap();
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}
