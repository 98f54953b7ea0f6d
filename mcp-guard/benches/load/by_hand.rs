//! A protected tool written by hand on axum: the limit of what a framework can reach. It follows none of the protocol's
//! rules that the benchmark does not need, and builds no tree of JSON values.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use rmcp::model::Tool;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::servers::{TodoList, list};

#[derive(Deserialize)]
struct Message<'m> {
    id: i64,
    method: &'m str,
    #[serde(borrow)]
    params: Params<'m>,
}

#[derive(Deserialize)]
struct Params<'m> {
    #[serde(default)]
    name: &'m str,
}

#[derive(Serialize)]
struct Reply<'r> {
    jsonrpc: &'static str,
    id: i64,
    result: CallResult<'r>,
}

/// Like rmcp's structured results: the value, and its text.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallResult<'r> {
    content: [Text<'r>; 1],
    structured_content: &'r TodoList,
    is_error: bool,
}

#[derive(Serialize)]
struct Text<'r> {
    r#type: &'static str,
    text: &'r str,
}

struct Server {
    /// The scopes of known tokens.
    cache: RwLock<HashMap<String, Vec<String>>>,
    /// The key that verifies each token, even a known one.
    key: Option<ParsedPublicKey>,
    /// The response to every `tools/list`.
    tools: Bytes,
}

pub(crate) fn router(key: Option<ParsedPublicKey>, tools: &[Tool]) -> Router {
    let tools = json!({"jsonrpc": "2.0", "id": 1, "result": {"tools": tools}}).to_string().into();
    Router::new().route("/mcp", post(call)).with_state(Arc::new(Server { cache: RwLock::default(), key, tools }))
}

/// Returns the keys of an issuer.
async fn fetch_keys(issuer: &str) -> String {
    reqwest::get(format!("{issuer}/jwks")).await.unwrap().text().await.unwrap()
}

/// Returns the key of an issuer.
pub(crate) async fn key(issuer: &str) -> ParsedPublicKey {
    let keys: Value = serde_json::from_str(&fetch_keys(issuer).await).unwrap();
    let component = |name| URL_SAFE_NO_PAD.decode(keys["keys"][0][name].as_str().unwrap()).unwrap();
    RsaPublicKeyComponents { n: component("n"), e: component("e") }
        .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
        .unwrap()
}

async fn call(State(server): State<Arc<Server>>, headers: HeaderMap, body: Bytes) -> Response {
    let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let Some(token) = token else { return StatusCode::UNAUTHORIZED.into_response() };
    if let Some(key) = &server.key {
        let (signed, signature) = token.rsplit_once('.').unwrap();
        key.verify_sig(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    }
    let Ok(Message { id, method, params }) = serde_json::from_slice(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let needed = if method == "tools/list" || params.name == "list_todos" { "todo:read" } else { "todo:write" };
    let known = server.cache.read().unwrap().get(token).map(|scopes| scopes.iter().any(|scope| scope == needed));
    let is_allowed = match known {
        Some(is_allowed) => is_allowed,
        None => {
            // Not validated: only tokens in the cache are measured.
            let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap_or_default()).unwrap_or_default();
            let claims: Value = serde_json::from_slice(&payload).unwrap_or_default();
            let scopes: Vec<String> =
                claims["scope"].as_str().unwrap_or_default().split(' ').map(str::to_owned).collect();
            let is_allowed = scopes.iter().any(|scope| scope == needed);
            server.cache.write().unwrap().insert(token.to_owned(), scopes);
            is_allowed
        }
    };
    if !is_allowed {
        let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{needed}\"");
        let body = json!({"jsonrpc": "2.0", "id": id, "error": {"code": 403, "message": "Insufficient scope"}});
        return (StatusCode::FORBIDDEN, [(WWW_AUTHENTICATE, challenge)], Json(body)).into_response();
    }
    if method == "tools/list" {
        return ([(CONTENT_TYPE, "application/json")], server.tools.clone()).into_response();
    }
    let list = list().0;
    let text = serde_json::to_string(&list).unwrap();
    let content = [Text { r#type: "text", text: &text }];
    let result = CallResult { content, structured_content: &list, is_error: false };
    let body = serde_json::to_vec(&Reply { jsonrpc: "2.0", id, result }).unwrap();
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}
