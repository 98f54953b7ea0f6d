//! Counts the allocations of a tool call, from the HTTP request to the last byte of the response, without a socket.
//!
//! `cargo bench -p mcp-guard --bench allocations`

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should panic")]

use allocation_counter::AllocationInfo;
use axum::Router;
use axum::body::Body;
use http::Request;
use http_body_util::BodyExt as _;
use mcp_guard::ResourceServer;
use mcp_guard::issuer::StaticTokens;
use mcp_guard::prelude::*;
use mcp_guard::settings::Sessions;
use mcp_guard::token::TokenParts;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::json;
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

#[derive(Clone)]
struct Todos;

#[guarded_tools]
impl Todos {
    /// List your todos.
    #[guarded_tool(scope = "todo:read")]
    fn list_todos(&self) -> String {
        "Buy milk".to_owned()
    }
}

#[derive(Clone)]
struct Bare;

#[rmcp::tool_router(server_handler)]
impl Bare {
    /// List your todos.
    #[rmcp::tool]
    fn list_todos(&self) -> String {
        "Buy milk".to_owned()
    }
}

async fn guarded(direct: bool) -> Router {
    let alice = TokenParts {
        subject: "alice".into(),
        issuer: "https://auth.example.com".into(),
        scopes: "todo:read".parse().unwrap(),
        ..TokenParts::default()
    };
    let builder = ResourceServer::builder("https://todo.example.com/mcp")
        .validator(StaticTokens::new([("token", alice)]).unwrap(), ["https://auth.example.com"])
        .sessions(Sessions::new().legacy(false));
    let builder = if direct { builder } else { builder.without_direct_dispatch() };
    builder.tools(Todos).build().await.unwrap().into_router()
}

fn bare() -> Router {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .disable_allowed_hosts();
    let service = StreamableHttpService::new(|| Ok(Bare), NeverSessionManager::default().into(), config);
    Router::new().route_service("/mcp", service)
}

fn request(version: &str) -> Request<Body> {
    let mut params = json!({"name": "list_todos", "arguments": {}});
    let mut builder = Request::post("/mcp")
        .header("host", "todo.example.com")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("authorization", "Bearer token")
        .header("mcp-protocol-version", version);
    if version >= "2026-07-28" {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": version,
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        builder = builder.header("mcp-method", "tools/call").header("mcp-name", "list_todos");
    }
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).to_string();
    builder.body(Body::from(body)).unwrap()
}

fn measured(runtime: &Runtime, router: &Router, version: &str) -> AllocationInfo {
    let call = |request: Request<Body>| {
        runtime.block_on(async {
            let response = router.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), 200);
            response.into_body().collect().await.unwrap();
        });
    };
    // The first calls fill caches.
    for _ in 0..3 {
        call(request(version));
    }
    let request = request(version);
    allocation_counter::measure(|| call(request))
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let servers = [
        ("rmcp alone", bare()),
        ("guarded", runtime.block_on(guarded(true))),
        ("guarded, not direct", runtime.block_on(guarded(false))),
    ];
    println!("| server | revision | allocations | bytes |\n|---|---|---|---|");
    for version in ["2025-11-25", "2026-07-28"] {
        for (name, router) in &servers {
            let info = measured(&runtime, router, version);
            println!("| {name} | {version} | {} | {} |", info.count_total, info.bytes_total);
        }
    }
}
