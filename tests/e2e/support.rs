//! Shared helpers: a guarded server, requests and answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use mcp_guard::issuer::Jwt;
use mcp_guard::prelude::*;
use mcp_guard::settings::{Network, NoTools};
use mcp_guard::{Issuer, ResourceServer, ResourceServerBuilder};
use mcp_guard_dev::{DevAuthServer, ProofBuilder, SigningKey, TokenBuilder};
use serde_json::{Value, json};
use tower::ServiceExt as _;

pub(crate) const RESOURCE: &str = "https://todo.example.com/mcp";
pub(crate) const METADATA: &str = "https://todo.example.com/.well-known/oauth-protected-resource/mcp";

/// All supported revisions.
pub(crate) const VERSIONS: [Version; 3] = [Version("2025-06-18"), Version("2025-11-25"), Version("2026-07-28")];

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Version(pub(crate) &'static str);

impl Version {
    pub(crate) fn is_stateless(self) -> bool {
        self.0 >= "2026-07-28"
    }
}

/// Counts the runs of operations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runs(Arc<AtomicUsize>);

impl Runs {
    pub(crate) fn ran(&self) -> String {
        self.0.fetch_add(1, Ordering::SeqCst);
        "ran".to_owned()
    }

    pub(crate) fn so_far(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    /// Removes this number of runs.
    fn forget(&self, runs: usize) {
        self.0.fetch_sub(runs, Ordering::SeqCst);
    }

    /// Resets the counter.
    pub(crate) fn reset(&self) {
        self.0.store(0, Ordering::SeqCst);
    }
}

/// Tools with every kind of requirement, which count their runs.
#[derive(Clone, Default)]
pub(crate) struct Fixture {
    runs: Runs,
}

impl Fixture {
    /// Returns how often a tool ran.
    pub(crate) fn runs_so_far(&self) -> usize {
        self.runs.so_far()
    }

    fn ran(&self) -> String {
        self.runs.ran()
    }
}

#[guarded_tools]
impl Fixture {
    /// One scope.
    #[guarded_tool(scope = "todo:read")]
    fn read(&self) -> String {
        self.ran()
    }

    /// Another scope.
    #[guarded_tool(scope = "todo:write")]
    async fn write(&self, Parameters(arguments): Parameters<serde_json::Map<String, Value>>) -> String {
        drop(arguments);
        self.ran()
    }

    /// Two scopes.
    #[guarded_tool(scopes = ["todo:write", "todo:delete"])]
    fn delete(&self) -> String {
        self.ran()
    }

    /// One of two scopes.
    #[guarded_tool(any_of = ["admin", "todo:audit"])]
    fn audit(&self) -> String {
        self.ran()
    }

    /// Every authenticated caller.
    #[guarded_tool(authenticated)]
    async fn who(&self, token: ValidatedToken) -> String {
        self.ran();
        token.subject().to_owned()
    }
}

/// Public and guarded tools.
#[derive(Clone, Default)]
pub(crate) struct Mixed {
    pub(crate) inner: Fixture,
}

#[guarded_tools]
impl Mixed {
    /// Every caller.
    #[guarded_tool(public)]
    fn open(&self, token: Option<ValidatedToken>) -> String {
        self.inner.ran();
        token.map_or_else(|| "anonymous".to_owned(), |token| token.subject().to_owned())
    }

    /// Callers with a scope.
    #[guarded_tool(scope = "todo:write")]
    fn shut(&self) -> String {
        self.inner.ran()
    }
}

/// A server and its authorization server.
pub(crate) struct Server {
    pub(crate) issuer: DevAuthServer,
    pub(crate) router: Router,
    pub(crate) runs: Runs,
    /// The same server without direct dispatch. Its answers must be the same.
    pub(crate) reference: Option<Router>,
}

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Server {
    /// Starts the fixture with the usual settings.
    pub(crate) async fn start() -> Self {
        Self::start_with(|builder| builder).await
    }

    pub(crate) async fn start_with(
        configure: impl Fn(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>,
    ) -> Self {
        let fixture = Fixture::default();
        Self::serve_with(fixture.runs.clone(), fixture, configure).await
    }

    /// Starts the fixture, with tokens of an issuer with these settings.
    pub(crate) async fn start_issuer(configure: impl FnOnce(Issuer<Jwt>) -> Issuer<Jwt>) -> Self {
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let builder = builder_with(configure(Issuer::jwt(issuer.issuer())));
        Self::trusting(issuer, builder).await
    }

    /// Starts the fixture with public tools for anonymous callers.
    pub(crate) async fn start_mixed() -> Self {
        Self::start_mixed_with(|builder| builder).await
    }

    pub(crate) async fn start_mixed_with(
        configure: impl Fn(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>,
    ) -> Self {
        let mixed = Mixed::default();
        Self::serve_with(mixed.inner.runs.clone(), mixed, |builder| configure(builder.allow_anonymous())).await
    }

    /// Starts other operations, which count their runs in `runs`.
    pub(crate) async fn serve<S: GuardedServer + Clone + Sync>(runs: Runs, operations: S) -> Self {
        Self::serve_with(runs, operations, |builder| builder).await
    }

    pub(crate) async fn serve_with<S: GuardedServer + Clone + Sync>(
        runs: Runs,
        operations: S,
        configure: impl Fn(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>,
    ) -> Self {
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let reference = configure(builder(&issuer)).without_direct_dispatch().tools(operations.clone());
        let reference = Some(with_health(reference.build().await.unwrap()));
        let router = with_health(configure(builder(&issuer)).tools(operations).build().await.unwrap());
        Self { issuer, router, runs, reference }
    }

    /// Starts the fixture with tokens of this issuer.
    pub(crate) async fn trusting(issuer: DevAuthServer, builder: ResourceServerBuilder<NoTools>) -> Self {
        let fixture = Fixture::default();
        let runs = fixture.runs.clone();
        let router = with_health(builder.tools(fixture).build().await.unwrap());
        Self { issuer, router, runs, reference: None }
    }

    /// Returns how often a tool ran.
    pub(crate) fn runs(&self) -> usize {
        self.runs.so_far()
    }

    pub(crate) fn token_builder(&self, scope: &str) -> TokenBuilder {
        self.issuer.token().audience(RESOURCE).scope(scope)
    }

    pub(crate) fn token(&self, scope: &str) -> String {
        self.token_builder(scope).sign()
    }

    /// Sends a request. A stateless one is also sent to the reference, if there is one.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let request = || Request::from_parts(parts.clone(), Body::from(body.clone()));
        let is_in_session =
            parts.headers.contains_key("mcp-session-id") || body.windows(12).any(|at| at == b"\"initialize\"");
        let Some(reference) = self.reference.as_ref().filter(|_| !is_in_session) else {
            return exchange(&self.router, request()).await;
        };
        let before = self.runs();
        let expected = exchange(reference, request()).await;
        let ran = self.runs() - before;
        self.runs.forget(ran);
        let answer = exchange(&self.router, request()).await;
        assert_eq!(
            (answer.comparable(), self.runs() - before),
            (expected.comparable(), ran),
            "without and with rmcp's transport: {request:?}",
            request = request(),
        );
        answer
    }

    /// Sends requests only once. For tests whose requests depend on each other.
    pub(crate) fn without_reference(self) -> Self {
        Self { reference: None, ..self }
    }

    /// Calls a tool without a session.
    pub(crate) async fn call(&self, tool: &str, token: &str) -> Answer {
        self.send(call(tool).bearer(token).build()).await
    }
}

impl Server {
    /// Opens a session, if the revision and the server support sessions.
    pub(crate) async fn connect(&self, version: Version, token: &str) -> Option<String> {
        if version.is_stateless() {
            return None;
        }
        let answer = self.send(initialize(version).bearer(token).build()).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        assert_eq!(answer.json()["result"]["protocolVersion"], version.0);
        let session = answer.header("mcp-session-id")?.to_owned();
        let initialized = raw(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
            .header("mcp-protocol-version", version.0)
            .header("mcp-session-id", &session)
            .bearer(token);
        assert_eq!(self.send(initialized.build()).await.status, StatusCode::ACCEPTED);
        Some(session)
    }
}

/// Returns the routes that `serve` has.
pub(crate) fn with_health(server: ResourceServer) -> Router {
    server.health_router().merge(server.docs_router()).merge(server.into_router())
}

pub(crate) async fn exchange(router: &Router, request: Request<Body>) -> Answer {
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, text: String::from_utf8(body.to_vec()).unwrap() }
}

pub(crate) fn builder(issuer: &DevAuthServer) -> ResourceServerBuilder<NoTools> {
    builder_with(issuer.issuer())
}

/// Returns whether the suite runs without direct dispatch.
pub(crate) fn without_direct_dispatch() -> bool {
    std::env::var_os("WITHOUT_DIRECT_DISPATCH").is_some()
}

/// For tokens of this issuer.
pub(crate) fn builder_with(issuer: impl Into<Issuer>) -> ResourceServerBuilder<NoTools> {
    let builder = ResourceServer::builder(RESOURCE);
    let builder = if without_direct_dispatch() { builder.without_direct_dispatch() } else { builder };
    builder
        .issuer(issuer)
        .baseline([Scope::from_static("todo:read")])
        .scope_implies(Scope::from_static("todo:write"), Scope::from_static("todo:read"))
        .network(Network::new().allowed_origins(["https://app.example.com"]))
}

impl Answer {
    /// Returns the JSON-RPC message, from a JSON body or an event.
    pub(crate) fn json(&self) -> Value {
        let text = self
            .text
            .lines()
            .filter_map(|line| line.strip_prefix("data:"))
            .map(str::trim)
            .find(|data| data.starts_with('{'))
            .unwrap_or(&self.text);
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Returns the parts that two equal servers agree on.
    fn comparable(&self) -> (StatusCode, Vec<(String, String)>, Result<Value, String>) {
        let is_random = |name: &str| ["dpop-nonce", "mcp-session-id"].contains(&name);
        let mut headers: Vec<_> = self
            .headers
            .iter()
            .filter(|(name, _)| !is_random(name.as_str()))
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        let body = serde_json::from_str(&self.text).map_err(|_| self.text.clone());
        (self.status, headers, body)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next()?.to_str().unwrap();
        assert!(values.next().is_none(), "{name} is repeated: {self:?}");
        Some(first)
    }

    pub(crate) fn challenge(&self) -> &str {
        self.header("www-authenticate").unwrap_or_else(|| panic!("no challenge: {self:?}"))
    }

    pub(crate) fn session(&self) -> &str {
        self.header("mcp-session-id").unwrap_or_else(|| panic!("no session: {self:?}"))
    }

    /// Returns the last JSON-RPC message, which may follow other messages as events.
    pub(crate) fn last_json(&self) -> Value {
        let events = self.text.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim);
        let last = events.rev().find(|data| data.starts_with('{')).unwrap_or(&self.text);
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn result_text(&self) -> String {
        self.json()["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("no text: {self:?}")).to_owned()
    }
}

/// A request builder.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) method: Method,
    pub(crate) uri: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Returns the challenge of a `403`.
pub(crate) fn insufficient(scope: &str) -> String {
    format!(
        "Bearer error=\"insufficient_scope\", scope=\"{scope}\", resource_metadata=\"{METADATA}\", error_description=\"The access token lacks a required scope\""
    )
}

/// Returns a tool call in 2026-07-28.
pub(crate) fn call(tool: &str) -> Post {
    call_in(VERSIONS[2], tool)
}

pub(crate) fn call_in(version: Version, tool: &str) -> Post {
    request_in(version, "tools/call", json!({"name": tool, "arguments": {}}))
}

/// Returns a request of a client of this revision.
pub(crate) fn request_in(version: Version, method: &str, mut params: Value) -> Post {
    let name = params.get("name").or(params.get("uri")).and_then(Value::as_str).map(str::to_owned);
    if version.is_stateless() {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": version.0,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        });
    }
    let body = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
    let mut post = raw(body.to_string()).header("mcp-protocol-version", version.0);
    if version.is_stateless() {
        post = post.header("mcp-method", method);
        if let Some(name) = name {
            post = post.header("mcp-name", &name);
        }
    }
    post
}

pub(crate) fn initialize(version: Version) -> Post {
    let params = json!({
        "protocolVersion": version.0,
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    });
    request_in(version, "initialize", params)
}

/// Returns a request with this body and the headers that rmcp requires.
pub(crate) fn raw(body: impl Into<Vec<u8>>) -> Post {
    Post { method: Method::POST, uri: "/mcp".to_owned(), headers: Vec::new(), body: body.into() }
        .header("host", "todo.example.com")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
}

impl Post {
    pub(crate) fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    pub(crate) fn uri(mut self, uri: &str) -> Self {
        uri.clone_into(&mut self.uri);
        self
    }

    /// Adds a header, even if it exists already.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Replaces a header.
    pub(crate) fn set(self, name: &str, value: &str) -> Self {
        self.without(name).header(name, value)
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(n, _)| n != name);
        self
    }

    /// Adds the session, if there is one.
    pub(crate) fn within(self, session: Option<&String>) -> Self {
        match session {
            Some(session) => self.header("mcp-session-id", session),
            None => self,
        }
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Adds a bound token and a proof of its key for this request.
    pub(crate) fn dpop(self, token: &str, key: &SigningKey) -> Self {
        let proof = self.proof(token, key).sign();
        self.with_proof(token, &proof)
    }

    /// Adds a bound token and this proof.
    pub(crate) fn with_proof(self, token: &str, proof: &str) -> Self {
        self.header("authorization", &format!("DPoP {token}")).header("dpop", proof)
    }

    /// Creates a proof for this request.
    pub(crate) fn proof(&self, token: &str, key: &SigningKey) -> ProofBuilder {
        key.proof(self.method.as_str(), format!("https://todo.example.com{}", self.uri)).access_token(token)
    }

    pub(crate) fn build(self) -> Request<Body> {
        let mut request = Request::builder().method(self.method).uri(self.uri);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.body(Body::from(self.body)).unwrap()
    }
}
