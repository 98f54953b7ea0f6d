//! Fuzzes stateless requests. A server with direct dispatch must answer like one that passes everything to rmcp's
//! transport.
//!
//! The first byte selects the revision, the second one a change of the headers, and the rest is the body.

#![no_main]

use std::sync::LazyLock;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Request, StatusCode};
use libfuzzer_sys::fuzz_target;
use mcp_guard::issuer::StaticTokens;
use mcp_guard::prelude::*;
use mcp_guard::settings::Sessions;
use mcp_guard::token::TokenParts;
use rmcp::ErrorData;
use serde_json::{Map, Value};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

#[derive(Clone)]
struct Todos;

#[guarded_tools]
impl Todos {
    /// Return the arguments.
    #[guarded_tool(scope = "todo:read")]
    fn read(&self, Parameters(arguments): Parameters<Map<String, Value>>) -> Json<Value> {
        Json(Value::Object(arguments))
    }

    /// Fail, or return nothing.
    #[guarded_tool(scope = "todo:write")]
    fn write(&self, token: ValidatedToken) -> Result<(), ErrorData> {
        if token.subject() == "alice" { Err(ErrorData::resource_not_found("no", None)) } else { Ok(()) }
    }

    /// Greet.
    #[guarded_prompt(scope = "todo:read")]
    fn greet(&self, Parameters(arguments): Parameters<Map<String, Value>>) -> String {
        Value::Object(arguments).to_string()
    }

    /// One todo.
    #[guarded_resource(uri = "todo://{id}", name = "todo", scope = "todo:read")]
    fn todo(&self, id: u64) -> String {
        id.to_string()
    }
}

static SERVERS: LazyLock<(Runtime, Router, Router)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let build = async |direct: bool| {
        let alice = TokenParts {
            subject: "alice".into(),
            issuer: "https://auth.example.com".into(),
            scopes: "todo:read todo:write".parse().expect("scopes"),
            ..TokenParts::default()
        };
        let validator = StaticTokens::new([("token", alice)]).expect("a token");
        let builder = mcp_guard::ResourceServer::builder("https://todo.example.com/mcp")
            .validator(validator, ["https://auth.example.com"])
            .sessions(Sessions::new().legacy(false));
        let builder = if direct { builder } else { builder.without_direct_dispatch() };
        builder.tools(Todos).build().await.expect("a server").into_router()
    };
    let (direct, reference) = runtime.block_on(async { (build(true).await, build(false).await) });
    (runtime, direct, reference)
});

const VERSIONS: [Option<&str>; 6] =
    [Some("2026-07-28"), Some("2025-11-25"), Some("2025-06-18"), None, Some("2026-01-01"), Some("2027-01-01")];

fn request(revision: u8, change: u8, body: &[u8]) -> Request<Body> {
    let mut builder = Request::post("/mcp").header("host", "todo.example.com").header("authorization", "Bearer token");
    if change & 1 == 0 {
        builder = builder.header("accept", "application/json, text/event-stream");
    }
    if change & 2 == 0 {
        builder = builder.header("content-type", "application/json");
    }
    if let Some(version) = VERSIONS[usize::from(revision) % VERSIONS.len()] {
        builder = builder.header("mcp-protocol-version", version);
    }
    // The headers that agree with the body, so that it is judged by its contents.
    let message: Value = serde_json::from_slice(body).unwrap_or_default();
    for (header, member) in [("mcp-method", &message["method"]), ("mcp-name", &message["params"]["name"])] {
        if let Some(text) = member.as_str()
            && change & 4 == 0
            && let Ok(value) = http::HeaderValue::from_str(text)
        {
            builder = builder.header(header, value);
        }
    }
    builder.body(Body::from(body.to_vec())).expect("a request")
}

async fn ask(router: &Router, request: Request<Body>) -> (StatusCode, Vec<(String, String)>, Result<Value, String>) {
    let (parts, body) = router.clone().oneshot(request).await.expect("an answer").into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("a body");
    let mut headers: Vec<_> =
        parts.headers.iter().map(|(name, value)| (name.to_string(), format!("{value:?}"))).collect();
    headers.sort();
    (parts.status, headers, serde_json::from_slice(&body).map_err(|_| format!("{body:?}")))
}

fuzz_target!(|input: &[u8]| {
    let [revision, change, body @ ..] = input else { return };
    let (runtime, direct, reference) = &*SERVERS;
    runtime.block_on(async {
        let expected = ask(reference, request(*revision, *change, body)).await;
        assert_eq!(ask(direct, request(*revision, *change, body)).await, expected);
    });
});
