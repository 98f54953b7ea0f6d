//! Revocations: of cached tokens, of everything that is open, and by the admin route.

use std::future::pending;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Method, StatusCode};
use http_body_util::BodyExt as _;
use mcp_guard::layer::{AuthLayer, Challenger};
use mcp_guard::policy::{Enforcement, Policy};
use mcp_guard::prelude::*;
use mcp_guard::record::{DecisionSink, Decisions, Record};
use mcp_guard::revocation::{Revocation, Revocations};
use mcp_guard::settings::{NoTools, Observation};
use mcp_guard::{Issuer, ResourceServerBuilder};
use mcp_guard_dev::{DevAuthServer, TokenBuilder};
use rmcp::model::{ServerCapabilities, ServerConfig, SubscriptionFilter};
use rmcp::service::SubscriptionContext;
use rmcp::{ErrorData, ServerHandler};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::support::{Answer, Post, RESOURCE, VERSIONS, Version, builder, call, call_in, exchange, initialize};
use crate::support::{raw, request_in};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const ROUTE: &str = "/admin/revocations";
/// The limit for a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Operations that never end, and the number of those that run.
#[derive(Clone, Default)]
struct Endless {
    running: Arc<AtomicUsize>,
}

struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Endless {
    fn run(&self) -> Running {
        self.running.fetch_add(1, Ordering::SeqCst);
        Running(Arc::clone(&self.running))
    }

    /// Waits until this number of operations run.
    async fn until(&self, count: usize) {
        tokio::time::timeout(PATIENCE, async {
            while self.running.load(Ordering::SeqCst) != count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .unwrap_or_else(|_| panic!("{count} operations never run"));
    }
}

#[guarded_tools(own_handler)]
impl Endless {
    /// Answer.
    #[guarded_tool(scope = "todo:read")]
    fn read(&self) -> String {
        "done".to_owned()
    }

    /// Never end.
    #[guarded_tool(scope = "todo:read")]
    async fn endless(&self) -> String {
        let _running = self.run();
        pending().await
    }
}

#[guarded_handler]
impl ServerHandler for Endless {
    fn get_info(&self) -> ServerConfig {
        let capabilities: ServerCapabilities = Self::capabilities();
        ServerConfig::new(capabilities)
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(requested.clone())
    }

    #[guarded(scope = "todo:read")]
    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let _running = self.run();
        context.cancelled().await;
        Ok(())
    }
}

/// A server with revocations and their admin route.
struct Server {
    issuer: DevAuthServer,
    router: Router,
    revocations: Revocations,
    endless: Endless,
}

impl Server {
    async fn start() -> Self {
        Self::start_with(Revocations::new(DAY), |builder| builder).await
    }

    async fn start_with(
        revocations: Revocations,
        configure: impl FnOnce(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>,
    ) -> Self {
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let endless = Endless::default();
        let builder = configure(builder(&issuer));
        let routed = revocations.clone().admin_route(ROUTE, Scope::from_static("revoke"));
        let server = builder.revocations(routed).tools(endless.clone()).build().await.unwrap();
        let router = server.revocation_router().merge(server.into_router());
        Self { issuer, router, revocations, endless }
    }

    /// Returns a token builder for a subject, with the session `s1`.
    fn token_of(&self, subject: &str) -> TokenBuilder {
        self.issuer.token().audience(RESOURCE).scope("todo:read").subject(subject).claim("sid", "s1")
    }

    fn subject(&self, subject: &str) -> Revocation {
        Revocation::subject(self.issuer.issuer(), subject)
    }

    async fn send(&self, post: Post, token: &str) -> Answer {
        exchange(&self.router, post.bearer(token).build()).await
    }

    /// Opens a session, and returns its id.
    async fn session(&self, version: Version, token: &str) -> String {
        let answer = self.send(initialize(version), token).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        let session = answer.session().to_owned();
        let initialized = raw(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
        assert_eq!(self.send(within(initialized, version, &session), token).await.status, StatusCode::ACCEPTED);
        session
    }

    /// Sends a request whose response is a stream, and returns its body.
    async fn open(&self, post: Post, token: &str) -> Body {
        let response = self.router.clone().oneshot(post.bearer(token).build()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.into_body()
    }

    /// Sends a request to the admin route.
    async fn admin(&self, body: impl Into<Vec<u8>>, token: Option<&str>) -> Answer {
        let post = raw(body).uri(ROUTE);
        let post = token.map_or(post.clone(), |token| post.bearer(token));
        exchange(&self.router, post.build()).await
    }
}

fn within(post: Post, version: Version, session: &str) -> Post {
    post.set("mcp-protocol-version", version.0).header("mcp-session-id", session)
}

fn event_stream(version: Version, session: &str) -> Post {
    within(raw("").method(Method::GET).set("accept", "text/event-stream"), version, session)
}

fn listen() -> Post {
    request_in(VERSIONS[2], "subscriptions/listen", json!({"notifications": {"toolsListChanged": true}}))
}

/// Reads a stream until it ends.
async fn end_of(body: Body) {
    tokio::time::timeout(PATIENCE, body.collect()).await.expect("the stream ends").unwrap();
}

/// Returns whether the stream is open, after reading what is ready.
async fn is_open(body: &mut Body) -> bool {
    loop {
        match futures::poll!(body.frame()) {
            std::task::Poll::Pending => return true,
            std::task::Poll::Ready(None) => return false,
            std::task::Poll::Ready(Some(frame)) => drop(frame.unwrap()),
        }
    }
}

/// Returns the time in some seconds, for a token that is issued after a revocation. Less than the leeway.
fn soon() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    i64::try_from(now).unwrap() + 10
}

#[tokio::test]
async fn revoked_token_is_rejected_although_cached() {
    for version in VERSIONS {
        let server = Server::start().await;
        let (alice, bob) = (server.token_of("alice").sign(), server.token_of("bob").sign());
        let session = if version.is_stateless() { None } else { Some(server.session(version, &alice).await) };
        let read = || match &session {
            Some(session) => within(call_in(version, "read"), version, session),
            None => call_in(version, "read"),
        };
        assert_eq!(server.send(read(), &alice).await.status, StatusCode::OK, "{version:?}");
        server.revocations.revoke(&server.subject("alice")).unwrap();
        let rejected = server.send(read(), &alice).await;
        assert_eq!(rejected.status, StatusCode::UNAUTHORIZED, "{version:?}");
        assert!(rejected.challenge().contains("error=\"invalid_token\""), "{rejected:?}");
        let invalid = server.send(read(), "garbage").await;
        assert_eq!(
            (rejected.challenge(), &rejected.text),
            (invalid.challenge(), &invalid.text),
            "like every invalid token"
        );
        assert_eq!(server.send(call("read"), &bob).await.status, StatusCode::OK, "{version:?}: others go on");
        let renewed = server.token_of("alice").issued_at(soon()).sign();
        assert_eq!(server.send(call("read"), &renewed).await.status, StatusCode::OK, "{version:?}: a new token");
    }
}

#[tokio::test]
async fn every_kind_revokes_its_tokens() {
    let server = Server::start().await;
    let issuer = server.issuer.issuer();
    let new = |builder: TokenBuilder, jti: &str, sid: &str, client: &str| {
        builder.claim("jti", jti).claim("sid", sid).client_id(client).sign()
    };
    let tokens = [
        new(server.token_of("a"), "j1", "s1", "c1"),
        new(server.token_of("b"), "j2", "s2", "c2"),
        new(server.token_of("c"), "j3", "s3", "c3"),
        new(server.token_of("d"), "j4", "s4", "c4"),
        new(server.token_of("e"), "j5", "s5", "c5"),
    ];
    let mut open = tokens.len();
    for revocation in [
        Revocation::token(issuer, "j1"),
        Revocation::session(issuer, "s2"),
        Revocation::subject(issuer, "c"),
        Revocation::client(issuer, "c4"),
        Revocation::issuer(issuer),
    ] {
        server.revocations.revoke(&revocation).unwrap();
        open -= 1;
        let mut accepted = 0;
        for token in &tokens {
            accepted += usize::from(server.send(call("read"), token).await.status == StatusCode::OK);
        }
        assert_eq!(accepted, open);
    }
}

#[tokio::test]
async fn revocation_ends_everything_that_is_open() {
    for version in [VERSIONS[0], VERSIONS[1]] {
        let server = Server::start().await;
        let (alice, bob) = (server.token_of("alice").sign(), server.token_of("bob").sign());
        let (hers, his) = (server.session(version, &alice).await, server.session(version, &bob).await);
        let her_stream = server.open(event_stream(version, &hers), &alice).await;
        let mut his_stream = server.open(event_stream(version, &his), &bob).await;
        let subscription = server.open(listen(), &alice).await;
        let legacy = server.open(within(call_in(version, "endless"), version, &hers), &alice).await;
        let (router, request) = (server.router.clone(), call("endless").bearer(&alice).build());
        let stateless = tokio::spawn(async move { exchange(&router, request).await });
        server.endless.until(3).await;
        server.revocations.revoke(&server.subject("alice")).unwrap();
        for body in [her_stream, subscription, legacy] {
            end_of(body).await;
        }
        assert_eq!(stateless.await.unwrap().status, StatusCode::UNAUTHORIZED, "{version:?}");
        server.endless.until(0).await;
        assert!(is_open(&mut his_stream).await, "{version:?}: others keep their streams");
        let renewed = server.token_of("alice").issued_at(soon()).sign();
        let closed = server.send(within(call_in(version, "read"), version, &hers), &renewed).await;
        assert_eq!(closed.status, StatusCode::NOT_FOUND, "{version:?}: the session has ended");
        assert_eq!(server.send(event_stream(version, &hers), &renewed).await.status, StatusCode::NOT_FOUND);
        let open = server.send(within(call_in(version, "read"), version, &his), &bob).await;
        assert_eq!(open.status, StatusCode::OK, "{version:?}");
    }
}

/// The session belongs to the principal, and its opening token is revoked by id.
#[tokio::test]
async fn session_ends_with_the_token_that_opened_it() {
    let server = Server::start().await;
    let (first, second) = (server.token_of("alice").claim("jti", "1").sign(), server.token_of("alice").sign());
    let version = VERSIONS[1];
    let session = server.session(version, &first).await;
    let stream = server.open(event_stream(version, &session), &second).await;
    server.revocations.revoke(&Revocation::token(server.issuer.issuer(), "1")).unwrap();
    end_of(stream).await;
    let answer = server.send(within(call_in(version, "read"), version, &session), &second).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(server.send(call("read"), &second).await.status, StatusCode::OK, "the token is not revoked");
}

#[tokio::test]
async fn servers_share_their_revocations() {
    let first = Server::start().await;
    let second = Server::start_with(first.revocations.clone(), |builder| builder.issuer(first.issuer.issuer())).await;
    let alice = first.token_of("alice").sign();
    let streams = [first.open(listen(), &alice).await, second.open(listen(), &alice).await];
    first.endless.until(1).await;
    second.endless.until(1).await;
    second.revocations.revoke(&first.subject("alice")).unwrap();
    for stream in streams {
        end_of(stream).await;
    }
    for server in [&first, &second] {
        assert_eq!(server.send(call("read"), &alice).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn token_that_outlives_revocations_is_rejected() {
    for (revocations, status) in
        [(Revocations::new(DAY), StatusCode::UNAUTHORIZED), (Revocations::without_expiry(), StatusCode::OK)]
    {
        let server = Server::start_with(revocations, |builder| builder).await;
        let week = server.token_of("alice").expires_in(7 * 24 * 60 * 60).sign();
        assert_eq!(server.send(call("read"), &week).await.status, status);
        assert_eq!(server.send(call("read"), &server.token_of("alice").sign()).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn layers_alone_reject_revoked_tokens() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let revocations = Revocations::new(DAY);
    let validator = Issuer::jwt(issuer.issuer()).validator(RESOURCE).await.unwrap();
    let layer =
        AuthLayer::new(validator, Policy::default(), Challenger::new(RESOURCE)).revocations(revocations.clone());
    let router = Router::new()
        .route("/mcp", get(|| async { "ok" }))
        .route("/endless", get(|| async { pending::<String>().await }))
        .layer(layer);
    let token = issuer.token().audience(RESOURCE).sign();
    let get = || raw("").method(Method::GET).bearer(&token);
    assert_eq!(exchange(&router, get().build()).await.status, StatusCode::OK);
    let (running, request) = (router.clone(), get().uri("/endless").build());
    let mut running = tokio::spawn(async move { exchange(&running, request).await });
    assert!(tokio::time::timeout(Duration::from_millis(100), &mut running).await.is_err());
    revocations.revoke(&Revocation::subject(issuer.issuer(), "alice")).unwrap();
    assert_eq!(running.await.unwrap().status, StatusCode::UNAUTHORIZED);
    assert_eq!(exchange(&router, get().build()).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn admin_route_requires_its_scope() {
    let server = Server::start().await;
    let body = json!({"format": "iss_sub", "iss": server.issuer.issuer(), "sub": "alice"}).to_string();
    let alice = server.token_of("alice").sign();
    let admin = server.token_of("admin").scope("todo:read revoke").sign();
    let missing = server.admin(body.clone(), None).await;
    assert_eq!(missing.status, StatusCode::UNAUTHORIZED);
    assert!(missing.challenge().contains("scope=\"revoke todo:read\""), "{missing:?}");
    let insufficient = server.admin(body.clone(), Some(&alice)).await;
    assert_eq!(insufficient.status, StatusCode::FORBIDDEN);
    assert!(insufficient.challenge().contains("insufficient_scope"), "{insufficient:?}");
    assert_eq!(server.send(call("read"), &alice).await.status, StatusCode::OK, "nothing was revoked");
    let revoked = server.admin(body.clone(), Some(&admin)).await;
    assert_eq!((revoked.status, revoked.text.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(server.send(call("read"), &alice).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(server.send(call("read"), &admin).await.status, StatusCode::OK);
    let get = raw("").method(Method::GET).uri(ROUTE);
    assert_eq!(server.send(get, &admin).await.status, StatusCode::METHOD_NOT_ALLOWED);
    let foreign = raw(body).uri(ROUTE).set("host", "evil.example.com");
    assert_eq!(server.send(foreign, &admin).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn admin_can_revoke_its_own_token() {
    let server = Server::start().await;
    let admin = server.token_of("admin").scope("todo:read revoke").sign();
    let body = json!({"format": "iss_sub", "iss": server.issuer.issuer(), "sub": "admin"}).to_string();
    assert_eq!(server.admin(body.clone(), Some(&admin)).await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.admin(body, Some(&admin)).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn admin_route_rejects_bad_revocations() {
    let server = Server::start_with(Revocations::new(DAY).max_entries(1), |builder| builder).await;
    let issuer = server.issuer.issuer();
    let admin = server.token_of("admin").scope("todo:read revoke").sign();
    let subject = |name: &str| json!({"format": "iss_sub", "iss": issuer, "sub": name}).to_string();
    for (body, status, named) in [
        (String::new(), 400, "JSON object"),
        (json!({"format": "iss_sub", "iss": issuer}).to_string(), 400, "`sub`"),
        (json!({"format": "iss_sub", "iss": issuer, "sub": "a", "note": "x"}).to_string(), 400, "`note`"),
        (subject(""), 400, "`sub`"),
        (json!({"format": "issuer", "iss": ""}).to_string(), 400, "`iss`"),
        (subject(&"a".repeat(5_000)), 413, "4096 bytes"),
        (subject("alice"), 204, ""),
        (subject("bob"), 507, "revocations"),
        (subject("alice"), 204, ""),
    ] {
        let answer = server.admin(body.clone(), Some(&admin)).await;
        assert_eq!(answer.status, status, "{body}: {answer:?}");
        if status != 204 {
            let description = answer.json()["error_description"].as_str().unwrap().to_owned();
            assert!(description.contains(named), "{body}: {description}");
        }
    }
}

/// Collects records as JSON.
#[derive(Clone, Debug, Default)]
struct Collector(Arc<Mutex<Vec<Value>>>);

impl DecisionSink for Collector {
    fn write(&mut self, records: &[Arc<Record>]) -> io::Result<()> {
        self.0.lock().unwrap().extend(records.iter().map(|record| serde_json::to_value(record).unwrap()));
        Ok(())
    }
}

#[tokio::test]
async fn admin_route_is_recorded() {
    let records = Collector::default();
    let observation = || Observation::new().decisions(Decisions::new().sink(records.clone()));
    let server = Server::start_with(Revocations::new(DAY), |builder| builder.observation(observation())).await;
    let body = json!({"format": "iss_sub", "iss": server.issuer.issuer(), "sub": "alice"}).to_string();
    let (alice, admin) = (server.token_of("alice").sign(), server.token_of("admin").scope("todo:read revoke").sign());
    server.admin(body.clone(), Some(&alice)).await;
    server.admin(body, Some(&admin)).await;
    let found = tokio::time::timeout(PATIENCE, async {
        while records.0.lock().unwrap().len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        records.0.lock().unwrap().clone()
    });
    let found: Vec<Value> = found
        .await
        .unwrap()
        .into_iter()
        .map(|record| {
            ["kind", "operation", "subject", "outcome", "status", "required"].map(|name| record[name].clone()).into()
        })
        .collect();
    let route = |subject, outcome, status| {
        json!(["route", format!("POST {ROUTE}"), subject, outcome, status, ["revoke", "todo:read"]])
    };
    assert_eq!(found, [route("alice", "refused", 403), route("admin", "allowed", 204)]);
}

#[tokio::test]
async fn unusable_settings_do_not_build() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    for (revocations, named) in [
        (Revocations::new(Duration::ZERO), "Revocations::new"),
        (Revocations::without_expiry().max_entries(0), "Revocations::max_entries"),
        (Revocations::without_expiry().admin_route("/mcp", Scope::from_static("revoke")), "Revocations::admin_route"),
    ] {
        let server = builder(&issuer).revocations(revocations).tools(Endless::default()).build().await;
        let error = server.unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}

#[tokio::test]
async fn served_server_has_the_admin_route() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let revocations = Revocations::new(DAY).admin_route(ROUTE, Scope::from_static("revoke"));
    let server = builder(&issuer).revocations(revocations).tools(Endless::default()).build().await.unwrap();
    assert!(server.revocations().is_some());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(server.serve_until(listener, pending()));
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request =
        format!("POST {ROUTE} HTTP/1.1\r\nhost: todo.example.com\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("scope=\"revoke todo:read\""), "{answer}");
    serving.abort();
}

#[tokio::test]
async fn report_only_enforcement_does_not_open_the_admin_route() {
    let configure = |builder: ResourceServerBuilder<NoTools>| builder.enforcement(Enforcement::ReportOnly);
    let server = Server::start_with(Revocations::new(DAY), configure).await;
    let body = json!({"format": "issuer", "iss": server.issuer.issuer()}).to_string();
    let alice = server.token_of("alice").sign();
    for scope in ["todo:read", "other"] {
        let caller = server.token_of("mallory").scope(scope).sign();
        let refused = server.admin(body.clone(), Some(&caller)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{scope}: {refused:?}");
    }
    assert_eq!(server.send(call("read"), &alice).await.status, StatusCode::OK);
    let operator = server.token_of("operator").scope("todo:read revoke").sign();
    assert_eq!(server.admin(body, Some(&operator)).await.status, StatusCode::NO_CONTENT);
}
