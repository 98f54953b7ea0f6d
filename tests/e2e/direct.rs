//! Direct dispatch: which operations use it, and that its answers are those of rmcp's transport.
//!
//! `Server::send` sends every stateless request of the whole suite both ways and compares the responses. The tests here
//! add the requests that only the transport rejects.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use futures::poll;
use http::StatusCode;
use http::request::Parts;
use mcp_guard::prelude::*;
use mcp_guard::settings::Sessions;
use mcp_guard::{ClientInput, ResourceUri};
use rmcp::handler::server::common::FromContextPart;
use rmcp::handler::server::tool::{Extension, ToolCallContext};
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock, InputRequiredResult, JsonObject};
use rmcp::service::{Peer, RequestContext};
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tower::ServiceExt as _;

use crate::support::{Answer, Post, Runs, Server, VERSIONS, call, call_in, raw, request_in, without_direct_dispatch};

/// Returns how the current operation was dispatched: rmcp's transport spawns a task for it.
fn way() -> String {
    if tokio::task::try_id().is_some() { "transport" } else { "direct" }.to_owned()
}

mod own {
    use super::*;

    /// Has the name of rmcp's type, and takes the peer.
    pub(super) struct Parameters<T>(pub(super) Peer<RoleServer>, std::marker::PhantomData<T>);

    impl<T, S> FromContextPart<ToolCallContext<'_, S>> for Parameters<T> {
        fn from_context_part(context: &mut ToolCallContext<'_, S>) -> Result<Self, ErrorData> {
            Ok(Self(context.request_context.peer.clone(), std::marker::PhantomData))
        }
    }
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Number {
    #[serde(default)]
    number: u32,
}

/// An alias has the rules of its type.
type Arguments = Parameters<Number>;

#[derive(serde::Deserialize)]
struct Subject {
    sub: String,
}

fn with_header() -> Arc<JsonObject> {
    let schema = json!({"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}});
    Arc::new(schema.as_object().unwrap().clone())
}

#[derive(Clone, Default)]
struct Ways;

#[guarded_tools]
impl Ways {
    #[guarded_tool(scope = "todo:read", description = "")]
    fn direct_plain(&self) -> String {
        way()
    }

    #[guarded_tool(scope = "todo:read", description = "")]
    async fn direct_arguments(&self, Parameters(Number { number }): Parameters<Number>) -> Result<String, ErrorData> {
        assert_eq!(number, 0);
        Ok(way())
    }

    #[guarded_tool(scope = "todo:read", description = "")]
    fn direct_alias(&self, _: Arguments) -> CallToolResult {
        CallToolResult::success(vec![ContentBlock::text(way())])
    }

    #[guarded_tool(scope = "todo:read", description = "")]
    fn direct_object(_: JsonObject) -> String {
        way()
    }

    #[guarded_tool(scope = "todo:read", description = "")]
    fn direct_token(&self, token: ValidatedToken, same: Option<ValidatedToken>, claims: Claims<Subject>) -> String {
        assert_eq!((token.subject(), same.unwrap().subject()), (claims.sub.as_str(), token.subject()));
        drop((token, claims));
        way()
    }

    #[guarded_tool(scope = "todo:read", description = "")]
    fn transport_peer(&self, peer: Peer<RoleServer>) -> String {
        drop(peer);
        way()
    }

    #[guarded_tool(scope = "todo:read", description = "")]
    fn transport_context(&self, context: RequestContext<RoleServer>) -> String {
        drop(context);
        way()
    }

    #[guarded_tool(scope = "todo:read", description = "")]
    fn transport_extension(&self, Extension(parts): Extension<Parts>) -> String {
        drop(parts);
        way()
    }

    #[guarded_tool(scope = "todo:read", description = "")]
    fn transport_input(&self, input: ClientInput) -> String {
        drop(input);
        way()
    }

    #[guarded_tool(scope = "todo:read", description = "")]
    fn transport_own_parameters(&self, own: own::Parameters<Number>) -> String {
        drop(own.0);
        way()
    }

    #[guarded_tool(scope = "todo:read", description = "")]
    fn transport_response(&self) -> CallToolResponse {
        CallToolResult::success(vec![ContentBlock::text(way())]).into()
    }

    #[guarded_tool(scope = "todo:read", description = "")]
    fn transport_input_required(&self) -> Result<String, InputRequiredResult> {
        Ok(way())
    }

    #[guarded_tool(scope = "todo:read", description = "")]
    fn transport_unnamed(&self) -> impl Future<Output = impl rmcp::handler::server::tool::IntoCallToolResult> + Send {
        std::future::ready(way())
    }

    #[guarded_tool(scope = "todo:read", description = "", input_schema = with_header())]
    fn transport_header(&self, _: JsonObject) -> String {
        way()
    }

    #[guarded_prompt(scope = "todo:read")]
    fn direct_prompt(&self, Parameters(Number { number }): Parameters<Number>) -> String {
        assert_eq!(number, 0);
        way()
    }

    #[guarded_prompt(scope = "todo:read")]
    fn transport_prompt(&self, peer: Peer<RoleServer>) -> String {
        drop(peer);
        way()
    }

    #[guarded_resource(uri = "way://direct/{id}", name = "direct_template", scope = "todo:read")]
    fn direct_template(&self, id: u8, uri: ResourceUri) -> String {
        assert_eq!(uri.0, format!("way://direct/{id}"));
        drop(uri);
        way()
    }

    #[guarded_resource(uri = "way://transport", name = "transport_resource", scope = "todo:read")]
    fn transport_resource(&self, peer: Peer<RoleServer>) -> String {
        drop(peer);
        way()
    }
}

async fn ways(sessions: bool) -> Server {
    let configure = |builder: mcp_guard::ResourceServerBuilder<_>| builder.sessions(Sessions::new().legacy(sessions));
    Server::serve_with(Runs::default(), Ways, configure).await.without_reference()
}

/// The name of each operation says which way it takes.
#[tokio::test]
async fn only_independent_operations_are_dispatched_directly() {
    if without_direct_dispatch() {
        return;
    }
    let server = ways(false).await;
    let token = server.token("todo:read");
    let tools: Vec<String> = Ways::guarded_tools().list().iter().map(|tool| tool.name.to_string()).collect();
    assert_eq!(tools.len(), 14);
    for version in VERSIONS {
        let text = async |method: &str, params: Value, pointer: &str| {
            let answer = server.send(request_in(version, method, params).bearer(&token).build()).await.json();
            answer.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{answer}")).to_owned()
        };
        for tool in &tools {
            let found = text("tools/call", json!({"name": tool, "arguments": {}}), "/result/content/0/text").await;
            assert!(tool.starts_with(&found), "{version:?}: {tool} took the way of {found}");
        }
        for prompt in ["direct_prompt", "transport_prompt"] {
            let found =
                text("prompts/get", json!({"name": prompt, "arguments": {}}), "/result/messages/0/content/text").await;
            assert!(prompt.starts_with(&found), "{version:?}: {prompt} took the way of {found}");
        }
        for (uri, expected) in [("way://direct/7", "direct"), ("way://transport", "transport")] {
            let found = text("resources/read", json!({"uri": uri}), "/result/contents/0/text").await;
            assert_eq!(found, expected, "{version:?}: {uri}");
        }
    }
}

#[tokio::test]
async fn requests_in_sessions_use_the_transport() {
    if without_direct_dispatch() {
        return;
    }
    let server = ways(true).await;
    let token = server.token("todo:read");
    for version in &VERSIONS[..2] {
        let session = server.connect(*version, &token).await;
        let call = call_in(*version, "direct_plain").within(session.as_ref()).bearer(&token);
        assert_eq!(server.send(call.build()).await.result_text(), "transport");
    }
    assert_eq!(server.send(call("direct_plain").bearer(&token).build()).await.result_text(), "direct");
}

#[tokio::test]
async fn direct_dispatch_can_be_turned_off() {
    let configure = |builder: mcp_guard::ResourceServerBuilder<_>| builder.without_direct_dispatch();
    let server = Server::serve_with(Runs::default(), Ways, configure).await.without_reference();
    let answer = server.send(call("direct_plain").bearer(&server.token("todo:read")).build()).await;
    assert_eq!(answer.result_text(), "transport");
}

/// Changes the JSON body of a request.
fn edited(post: Post, edit: impl FnOnce(&mut Value)) -> Post {
    let mut body = serde_json::from_slice(&post.body).unwrap();
    edit(&mut body);
    Post { body: body.to_string().into_bytes(), ..post }
}

/// Every rule of rmcp's `handle_post`, `serve_negotiated_request_directly` and `handle_request` that a stateless call can
/// violate: the request and its status. `Server::send` compares the answer with that of the transport.
fn violations() -> Vec<(&'static str, Post, u16)> {
    const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
    const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
    let modern = || call_in(VERSIONS[2], "read");
    let legacy = || call_in(VERSIONS[1], "read");
    let meta = |name: &'static str, value: Value| edited(modern(), |body| body["params"]["_meta"][name] = value);
    let other_version = |version: &str| meta(VERSION, json!(version)).set("mcp-protocol-version", version);
    vec![
        ("accept: none", modern().without("accept"), 200),
        ("accept: JSON", modern().set("accept", "application/json"), 200),
        ("accept: events", modern().set("accept", "text/event-stream"), 406),
        ("accept: wildcard", modern().set("accept", "*/*"), 200),
        ("accept: weight 0", modern().set("accept", "application/json;q=0, text/event-stream"), 406),
        ("accept: weights", modern().set("accept", "application/json;q=0.5, text/event-stream;q=1"), 200),
        ("accept: upper case", modern().set("accept", "Application/JSON, TEXT/event-stream"), 200),
        ("accept: no spaces", modern().set("accept", "text/event-stream,application/json"), 200),
        ("accept: two headers", modern().set("accept", "application/json").header("accept", "text/event-stream"), 200),
        ("content type: none", modern().without("content-type"), 415),
        ("content type: text", modern().set("content-type", "text/plain"), 415),
        ("content type: similar", modern().set("content-type", "application/jsonl"), 415),
        ("content type: charset", modern().set("content-type", "Application/JSON ; charset=utf-8"), 200),
        ("content type: two", modern().header("content-type", "text/plain"), 200),
        ("version: header missing", modern().without("mcp-protocol-version"), 400),
        ("version: header unknown", modern().set("mcp-protocol-version", "2026-01-01"), 400),
        ("version: header legacy", modern().set("mcp-protocol-version", "2025-11-25"), 400),
        ("version: header later", modern().set("mcp-protocol-version", "2027-01-01"), 400),
        ("version: later in both", other_version("2027-01-01"), 400),
        ("version: unknown in both", other_version("2026-01-01"), 400),
        ("version: legacy in both", other_version("2025-11-25"), 200),
        ("version: not a text", meta(VERSION, json!(1)), 400),
        ("_meta: absent", edited(modern(), |body| drop(body["params"].as_object_mut().unwrap().remove("_meta"))), 400),
        ("_meta: null", edited(modern(), |body| body["params"]["_meta"] = Value::Null), 400),
        ("_meta: list", edited(modern(), |body| body["params"]["_meta"] = json!([])), 415),
        ("_meta: no version", edited(modern(), |body| body["params"]["_meta"] = json!({CAPABILITIES: {}})), 400),
        ("_meta: no capabilities", meta(CAPABILITIES, Value::Null), 400),
        ("_meta: wrong capabilities", meta(CAPABILITIES, json!([1])), 400),
        ("_meta: progress token", meta("progressToken", json!(1)), 200),
        ("_meta: own member", meta("example.com/own", json!({"deep": [1, 2, {"x": null}]})), 200),
        ("Mcp-Method: missing", modern().without("mcp-method"), 400),
        ("Mcp-Method: other", modern().set("mcp-method", "tools/list"), 400),
        ("Mcp-Method: two", modern().header("mcp-method", "tools/call"), 400),
        ("Mcp-Name: missing", modern().without("mcp-name"), 400),
        ("Mcp-Name: other", modern().set("mcp-name", "write"), 400),
        ("Mcp-Name: encoded", modern().set("mcp-name", "=?base64?cmVhZA==?="), 200),
        ("Mcp-Name: not base64", modern().set("mcp-name", "=?base64?*?="), 400),
        ("Mcp-Param: unasked", modern().header("mcp-param-region", "eu"), 200),
        ("params: arguments null", edited(modern(), |body| body["params"]["arguments"] = Value::Null), 200),
        ("params: arguments list", edited(modern(), |body| body["params"]["arguments"] = json!([])), 404),
        (
            "params: arguments absent",
            edited(modern(), |body| drop(body["params"].as_object_mut().unwrap().remove("arguments"))),
            200,
        ),
        ("params: more members", edited(modern(), |body| body["params"]["more"] = json!({"x": 1})), 200),
        ("params: request state", edited(modern(), |body| body["params"]["requestState"] = json!("state")), 200),
        ("params: request state 1", edited(modern(), |body| body["params"]["requestState"] = json!(1)), 404),
        ("params: input responses", edited(modern(), |body| body["params"]["inputResponses"] = json!({})), 200),
        (
            "params: unknown tool",
            edited(modern(), |body| body["params"]["name"] = json!("x")).set("mcp-name", "x"),
            200,
        ),
        ("id: text", edited(modern(), |body| body["id"] = json!("ü\"")), 200),
        ("id: negative", edited(modern(), |body| body["id"] = json!(-1)), 200),
        ("id: large", edited(modern(), |body| body["id"] = json!(i64::MAX)), 200),
        ("id: fraction", edited(modern(), |body| body["id"] = json!(1.5)), 400),
        ("id: null", edited(modern(), |body| body["id"] = Value::Null), 400),
        ("more members of the message", edited(modern(), |body| body["more"] = json!(1)), 200),
        ("legacy: plain", legacy(), 200),
        ("legacy: no header", legacy().without("mcp-protocol-version"), 200),
        ("legacy: 2024-11-05", legacy().set("mcp-protocol-version", "2024-11-05"), 200),
        ("legacy: 2025-03-26", legacy().set("mcp-protocol-version", "2025-03-26"), 200),
        ("legacy: unknown", legacy().set("mcp-protocol-version", "2025-01-01"), 400),
        (
            "legacy: own version in _meta",
            edited(legacy(), |body| body["params"]["_meta"] = json!({VERSION: "2025-11-25"})),
            200,
        ),
        (
            "legacy: other version in _meta",
            edited(legacy(), |body| body["params"]["_meta"] = json!({VERSION: "2025-06-18"})),
            400,
        ),
        (
            "legacy: progress token",
            edited(legacy(), |body| body["params"]["_meta"] = json!({"progressToken": "x"})),
            200,
        ),
        ("legacy: arguments list", edited(legacy(), |body| body["params"]["arguments"] = json!([])), 200),
        ("list", request_in(VERSIONS[2], "tools/list", json!({})), 200),
        ("list: cursor", request_in(VERSIONS[2], "tools/list", json!({"cursor": "x"})), 200),
        ("list: cursor null", request_in(VERSIONS[2], "tools/list", json!({"cursor": null})), 200),
        ("list: cursor 1", request_in(VERSIONS[2], "tools/list", json!({"cursor": 1})), 200),
        ("list: legacy", request_in(VERSIONS[0], "tools/list", json!({})), 200),
        ("list: legacy without params", raw(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#), 200),
        ("list of no prompts", request_in(VERSIONS[2], "prompts/list", json!({})), 404),
        ("list of no resources", request_in(VERSIONS[2], "resources/list", json!({})), 404),
        ("list of no prompts: legacy", request_in(VERSIONS[1], "prompts/list", json!({})), 200),
        ("discover", request_in(VERSIONS[2], "server/discover", json!({})), 200),
        ("discover: more members", request_in(VERSIONS[2], "server/discover", json!({"more": 1})), 200),
        ("discover: legacy", request_in(VERSIONS[1], "server/discover", json!({})), 400),
    ]
}

#[tokio::test]
async fn answers_equal_those_of_the_transport() {
    for sessions in [false, true] {
        let configure =
            |builder: mcp_guard::ResourceServerBuilder<_>| builder.sessions(Sessions::new().legacy(sessions));
        let server = Server::start_with(configure).await;
        let token = server.token("todo:read");
        let mut wrong = Vec::new();
        for (case, post, status) in violations() {
            // Twice, because the second answer of a list comes from memory.
            for _ in 0..2 {
                let answer = server.send(post.clone().bearer(&token).build()).await;
                if !sessions && answer.status.as_u16() != status {
                    wrong.push(format!("{case}: {} instead of {status}: {}", answer.status, answer.text));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// Returns a body in which some bytes are changed, by a generator with this seed.
fn mutated(body: &[u8], seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut body = body.to_vec();
    const PIECES: [&[u8]; 12] =
        [b"null", b"1", b"1.0", b"{}", b"[]", b"\"x\"", b"true", b"-0", b"1e400", b"\\u0000", b",", b"\"_meta\":{}"];
    for _ in 0..=next(3) {
        let (at, piece) = (next(body.len()), PIECES[next(PIECES.len())]);
        let end = (at + next(12)).min(body.len());
        body.splice(at..end, piece.iter().copied());
    }
    body
}

#[tokio::test]
async fn mutated_bodies_get_the_same_answers() {
    let configure = |builder: mcp_guard::ResourceServerBuilder<_>| builder.sessions(Sessions::new().legacy(false));
    let server = Server::start_with(configure).await;
    let token = server.token("todo:read todo:write");
    for (seed, version) in (0..1_500).zip(VERSIONS.into_iter().cycle()) {
        let post = request_in(version, "tools/call", json!({"name": "write", "arguments": {"a": [1, {"b": "c"}]}}));
        let post = Post { body: mutated(&post.body, seed), ..post };
        server.send(post.bearer(&token).build()).await;
    }
}

#[tokio::test]
async fn committed_fuzz_inputs_get_the_same_answers() {
    let configure = |builder: mcp_guard::ResourceServerBuilder<_>| builder.sessions(Sessions::new().legacy(false));
    let server = Server::start_with(configure).await;
    let token = server.token("todo:read todo:write");
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/message");
    let mut inputs = 0;
    for file in std::fs::read_dir(corpus).unwrap() {
        let body = std::fs::read(file.unwrap().path()).unwrap();
        for version in VERSIONS {
            let post = Post { body: body.clone(), ..call_in(version, "read") };
            server.send(post.bearer(&token).build()).await;
        }
        inputs += 1;
    }
    assert!(inputs > 10, "only {inputs} inputs");
}

#[derive(Clone, Default)]
struct Slow {
    running: Arc<AtomicUsize>,
    /// Whether the blocking tool runs, and whether it may return.
    blocked: Arc<AtomicBool>,
    released: Arc<AtomicBool>,
    runs: Runs,
}

/// Counts a running call until it is dropped.
struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A value that cannot be serialized.
#[derive(schemars::JsonSchema)]
struct Unserializable;

impl serde::Serialize for Unserializable {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("S3CRET")
    }
}

#[guarded_tools]
impl Slow {
    /// Waits ten times.
    #[guarded_tool(scope = "todo:read")]
    async fn waits(&self) -> String {
        self.running.fetch_add(1, Ordering::SeqCst);
        let _running = Running(Arc::clone(&self.running));
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        self.runs.ran()
    }

    /// Never yields to the runtime.
    #[guarded_tool(scope = "todo:read")]
    async fn blocks(&self) -> String {
        self.blocked.store(true, Ordering::SeqCst);
        // Ends in any case, so that a failed test does not hang.
        for _ in 0..10_000 {
            if self.released.load(Ordering::SeqCst) {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        self.runs.ran()
    }

    /// Returns 50 MB.
    #[guarded_tool(scope = "todo:read")]
    fn large(&self) -> String {
        "x".repeat(50_000_000)
    }

    /// Fails in the serializer.
    #[guarded_tool(scope = "todo:read")]
    fn unserializable(&self) -> Json<Unserializable> {
        Json(Unserializable)
    }
}

#[tokio::test]
async fn dropped_request_drops_its_tool_at_every_await() {
    if without_direct_dispatch() {
        return;
    }
    let slow = Slow::default();
    let server = Server::serve(slow.runs.clone(), slow.clone()).await;
    let token = server.token("todo:read");
    // Fills the token cache, so that a request waits only in its tool.
    server.send(call("waits").bearer(&token).build()).await;
    slow.runs.reset();
    let mut finished = 0;
    for polls in 1..=20 {
        let mut request = Box::pin(server.router.clone().oneshot(call("waits").bearer(&token).build()));
        let mut done = false;
        for _ in 0..polls {
            if poll!(&mut request).is_ready() {
                done = true;
                break;
            }
        }
        assert_eq!(slow.running.load(Ordering::SeqCst), usize::from(!done), "after {polls} polls");
        drop(request);
        assert_eq!(slow.running.load(Ordering::SeqCst), 0, "dropped after {polls} polls");
        finished += usize::from(done);
    }
    assert!((1..20).contains(&finished), "{finished} requests finished");
    assert_eq!(slow.runs.so_far(), finished, "no dropped call went on");
}

#[tokio::test]
async fn panic_in_the_serializer_is_an_internal_error() {
    let server = Server::serve(Runs::default(), Slow::default()).await;
    let answer = server.send(call("unserializable").bearer(&server.token("todo:read")).build()).await;
    assert_eq!((answer.status, answer.json()["error"]["code"].as_i64()), (StatusCode::OK, Some(-32603)));
    assert_eq!(answer.json()["id"], 7);
    assert!(!answer.text.contains("S3CRET"));
}

#[tokio::test]
async fn large_response_is_complete() {
    let server = Server::serve(Runs::default(), Slow::default()).await;
    let answer: Answer = server.send(call("large").bearer(&server.token("todo:read")).build()).await;
    assert_eq!(answer.result_text().len(), 50_000_000);
}

/// Serves the tools over sockets, on two threads.
async fn listening(slow: Slow) -> (Server, std::net::SocketAddr) {
    let server = Server::serve(slow.runs.clone(), slow).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = server.router.clone();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (server, address)
}

fn bytes(post: &Post) -> Vec<u8> {
    let mut head = format!("POST /mcp HTTP/1.1\r\ncontent-length: {}\r\n", post.body.len());
    for (name, value) in &post.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut bytes = format!("{head}\r\n").into_bytes();
    bytes.extend_from_slice(&post.body);
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pipelined_requests_are_answered_in_order() {
    const REQUESTS: usize = 10_000;
    let (server, address) = listening(Slow::default()).await;
    let token = server.token("todo:read");
    let (mut read, mut write) = tokio::net::TcpStream::connect(address).await.unwrap().into_split();
    let sending = tokio::spawn(async move {
        for id in 0..REQUESTS {
            let post = edited(call("waits"), |body| body["id"] = json!(id)).bearer(&token);
            write.write_all(&bytes(&post)).await.unwrap();
        }
        write
    });
    let (mut text, mut expected) = (String::new(), 0);
    let mut buffer = vec![0; 64 * 1024];
    while expected < REQUESTS {
        let length = read.read(&mut buffer).await.unwrap();
        assert!(length > 0, "the connection ended after {expected} responses");
        text.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
        let mut rest = text.as_str();
        while let Some((_, after)) = rest.split_once("\"id\":") {
            let Some((id, after)) = after.split_once(',') else { break };
            assert_eq!(id, expected.to_string());
            expected += 1;
            rest = after;
        }
        text = rest.to_owned();
    }
    drop(sending.await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn blocking_tool_does_not_stop_other_connections() {
    let slow = Slow::default();
    let (server, address) = listening(slow.clone()).await;
    let token = server.token("todo:read");
    let ask = async |tool: &str| {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(&bytes(&call(tool).bearer(&token))).await.unwrap();
        let mut response = vec![0; 4096];
        let length = stream.read(&mut response).await.unwrap();
        String::from_utf8(response[..length].to_vec()).unwrap()
    };
    let (blocked, other) = tokio::join!(ask("blocks"), async {
        while !slow.blocked.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let answer = ask("waits").await;
        let runs = slow.runs.so_far();
        slow.released.store(true, Ordering::SeqCst);
        (answer, runs)
    });
    assert!(blocked.starts_with("HTTP/1.1 200") && other.0.starts_with("HTTP/1.1 200"), "{blocked}{}", other.0);
    assert_eq!(other.1, 1, "the other call was answered while the tool blocked its thread");
}

/// rmcp's transport names the error of the application to the client.
#[tokio::test]
async fn failed_factory_is_an_internal_error() {
    if without_direct_dispatch() {
        return;
    }
    let issuer = mcp_guard_dev::DevAuthServer::builder().start().await.unwrap();
    let token = issuer.token().audience(crate::support::RESOURCE).scope("todo:read").sign();
    let factory = || Err::<Slow, _>(std::io::Error::other("S3CRET"));
    let router = crate::support::builder(&issuer).tools_with(factory).build().await.unwrap().into_router();
    let response = router.oneshot(call("waits").bearer(&token).build()).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let body: Body = response.into_body();
    let body = axum::body::to_bytes(body, 10_000).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&body["id"], &body["error"]["code"]), (&json!(7), &json!(-32603)));
    assert!(!body.to_string().contains("S3CRET"));
}
