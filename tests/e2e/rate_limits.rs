//! Limits for the number of requests, of an address and of a caller.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::routing::get;
use http::{Method, Request, StatusCode};
use mcp_guard::layer::{AuthLayer, Challenger};
use mcp_guard::policy::Policy;
use mcp_guard::prelude::*;
use mcp_guard::settings::{Limits, Network, NoTools, Rate, RateLimits, Sessions};
use mcp_guard::{Issuer, ResourceServerBuilder};
use mcp_guard_dev::{SigningAlgorithm, SigningKey};
use rmcp::RoleServer;
use rmcp::model::{ListPromptsResult, PaginatedRequestParams};
use rmcp::service::RequestContext;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::support::{
    Answer, METADATA, Post, RESOURCE, Runs, Server, VERSIONS, call, call_in, exchange, initialize, raw, request_in,
};

const CLIENT: &str = "203.0.113.7:1000";
const OTHER: &str = "203.0.113.8:1000";

/// Returns the request as it arrives from this peer.
fn from(peer: &str, post: Post) -> Request<Body> {
    let mut request = post.build();
    request.extensions_mut().insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
    request
}

/// Starts the fixture with these limits.
async fn server(rates: RateLimits) -> Server {
    Server::start_with(|builder| with(builder, rates)).await.without_reference()
}

fn with(builder: ResourceServerBuilder<NoTools>, rates: RateLimits) -> ResourceServerBuilder<NoTools> {
    builder.limits(Limits::new().rates(rates))
}

/// Checks the fields of a `429`.
fn assert_limited(answer: &Answer, name: &str, quota: &str) {
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{answer:?}");
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!(seconds >= 1);
    assert_eq!(answer.header("ratelimit-policy").unwrap(), format!("\"{name}\";{quota}"));
    assert!(answer.header("ratelimit").unwrap().starts_with(&format!("\"{name}\";r=0")), "{answer:?}");
    assert_eq!(answer.header("www-authenticate"), None, "the client must keep its token: {answer:?}");
}

#[tokio::test]
async fn failed_credentials_are_limited_by_address() {
    let server = server(RateLimits::new().failed_credentials(Rate::per_hour(3))).await;
    let (cached, new) = (server.token("todo:read"), server.token("todo:read todo:write"));
    assert_eq!(server.send(from(CLIENT, call("who").bearer(&cached))).await.status, StatusCode::OK);
    let failures = [
        call("who").bearer("invalid"),
        call("who").bearer(&server.token_builder("todo:read").expires_in(-3_600).sign()),
        call("who").header("authorization", "Bearer two tokens"),
    ];
    for failure in failures {
        let answer = server.send(from(CLIENT, failure)).await;
        assert!([StatusCode::UNAUTHORIZED, StatusCode::BAD_REQUEST].contains(&answer.status), "{answer:?}");
    }
    // Not distinguishable: an invalid token, and a valid one that is not in the cache.
    for refused in ["invalid", &new] {
        let answer = server.send(from(CLIENT, call("who").bearer(refused))).await;
        assert_limited(&answer, "credentials_rate", "q=3;w=3600");
        assert_eq!(answer.json()["id"], json!(null));
        assert_eq!(answer.json()["error"]["code"], 429);
    }
    assert_eq!(server.send(from(CLIENT, call("who").bearer(&cached))).await.status, StatusCode::OK, "cached");
    assert_eq!(server.send(from(OTHER, call("who").bearer(&new))).await.status, StatusCode::OK, "another address");
    assert_eq!(server.send(from(CLIENT, call("who").bearer(&new))).await.status, StatusCode::OK, "cached meanwhile");
    let without = server.send(from(CLIENT, call("who"))).await;
    assert_eq!(without.status, StatusCode::UNAUTHORIZED, "requests without a token are not limited by this rate");
}

#[tokio::test]
async fn failed_proofs_count_as_failed_credentials() {
    let rates = RateLimits::new().failed_credentials(Rate::per_hour(1));
    let server = Server::start_with(|builder| with(builder.dpop(mcp_guard::settings::Dpop::optional()), rates)).await;
    let server = server.without_reference();
    let key = SigningKey::generate(SigningAlgorithm::Es256);
    let token = server.token_builder("todo:read").bound_to(&key).sign();
    let post = call("who").with_proof(&token, "not a proof");
    assert_eq!(server.send(from(CLIENT, post.clone())).await.status, StatusCode::UNAUTHORIZED);
    let answer = server.send(from(CLIENT, post)).await;
    assert_limited(&answer, "credentials_rate", "q=1;w=3600");
}

#[tokio::test]
async fn address_is_the_client_and_never_a_proxy() {
    let rates = RateLimits::new().failed_credentials(Rate::per_hour(1));
    let start =
        || Server::start_with(|builder| with(builder, rates).network(Network::new().trusted_proxies(["192.0.2.1"])));
    let invalid = || call("who").bearer("invalid");
    let forwarded = |client: &str| invalid().header("x-forwarded-for", client);
    // The requests, and whether the second one is refused.
    let cases = [
        ("same address", [("203.0.113.7:1", invalid()), ("203.0.113.7:2", invalid())], true),
        ("other address", [("203.0.113.7:1", invalid()), ("203.0.113.8:1", invalid())], false),
        ("same /64", [("[2001:db8::1]:1", invalid()), ("[2001:db8::2]:1", invalid())], true),
        ("other /64", [("[2001:db8::1]:1", invalid()), ("[2001:db8:0:1::1]:1", invalid())], false),
        ("mapped IPv4", [("203.0.113.7:1", invalid()), ("[::ffff:203.0.113.7]:1", invalid())], true),
        ("loopback", [("127.0.0.1:1", invalid()), ("127.0.0.1:1", invalid())], false),
        ("loopback network", [("127.9.8.7:1", invalid()), ("127.9.8.7:1", invalid())], false),
        ("IPv6 loopback", [("[::1]:1", invalid()), ("[::1]:1", invalid())], false),
        ("proxy without a client", [("192.0.2.1:1", invalid()), ("192.0.2.1:1", invalid())], false),
        (
            "one client of a proxy",
            [("192.0.2.1:1", forwarded("203.0.113.7")), ("192.0.2.1:1", forwarded("203.0.113.7"))],
            true,
        ),
        (
            "two clients of a proxy",
            [("192.0.2.1:1", forwarded("203.0.113.7")), ("192.0.2.1:1", forwarded("203.0.113.8"))],
            false,
        ),
        (
            "header of another peer",
            [("203.0.113.7:1", forwarded("198.51.100.1")), ("203.0.113.7:1", forwarded("198.51.100.2"))],
            true,
        ),
    ];
    for (name, requests, is_refused) in cases {
        let server = start().await.without_reference();
        let [first, second] = requests.map(|(peer, post)| from(peer, post));
        assert_eq!(server.send(first).await.status, StatusCode::UNAUTHORIZED, "{name}");
        let status = server.send(second).await.status;
        assert_eq!(status == StatusCode::TOO_MANY_REQUESTS, is_refused, "{name}: {status}");
    }
    let server = start().await.without_reference();
    let conflict = forwarded("203.0.113.7").header("forwarded", "for=203.0.113.8");
    assert_eq!(server.send(from("192.0.2.1:1", conflict)).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn requests_without_a_token_are_limited_together() {
    let path = METADATA.strip_prefix("https://todo.example.com").unwrap();
    let page = |path: &str| raw("").method(Method::GET).uri(path);
    let kinds = [
        ("metadata", page(path)),
        ("health", page("/health")),
        ("readiness", page("/health/ready")),
        ("call", call("who")),
    ];
    for (name, post) in kinds {
        let server = server(RateLimits::none().without_token(Rate::per_minute(1))).await;
        assert_eq!(server.send(from(CLIENT, page(path))).await.status, StatusCode::OK, "{name}");
        let answer = server.send(from(CLIENT, post)).await;
        assert_limited(&answer, "address_rate", "q=1;w=60");
        assert_eq!(answer.header("access-control-allow-origin").is_some(), name != "call", "{answer:?}");
        let token = server.token("todo:read");
        assert_eq!(server.send(from(CLIENT, call("who").bearer(&token))).await.status, StatusCode::OK, "{name}");
        assert_eq!(server.send(from(OTHER, page(path))).await.status, StatusCode::OK, "{name}");
    }
}

#[tokio::test]
async fn only_failed_credentials_are_limited_by_default() {
    let server = server(RateLimits::default()).await;
    let token = server.token("todo:read");
    let mut failures = 0;
    let limited = loop {
        let answer = server.send(from(CLIENT, call("who").bearer("invalid"))).await;
        if answer.status != StatusCode::UNAUTHORIZED {
            break answer;
        }
        failures += 1;
        assert!(failures < 10_000, "the rate is not enforced");
        assert_eq!(server.send(from(CLIENT, call("who"))).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(server.send(from(OTHER, call("who").bearer(&token))).await.status, StatusCode::OK);
    };
    assert!(failures >= 300, "{failures}");
    assert_limited(&limited, "credentials_rate", "q=300;w=60");
}

#[tokio::test]
async fn callers_are_limited_on_all_revisions() {
    for version in VERSIONS {
        let server = server(RateLimits::none().per_caller(Rate::per_hour(8))).await;
        let token = server.token_builder("todo:read").subject("alice").sign();
        let session = server.connect(version, &token).await;
        let post = || call_in(version, "who").within(session.as_ref()).bearer(&token);
        let mut answers = Vec::new();
        for _ in 0..9 {
            answers.push(server.send(post().build()).await);
        }
        let used = if session.is_some() { 2 } else { 0 };
        let allowed = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
        assert_eq!(allowed, 8 - used, "{version:?}: opening a session takes two requests");
        let answer = &answers[8];
        assert_limited(answer, "caller_rate", "q=8;w=3600");
        assert_eq!(answer.json()["id"], 7);
        assert_eq!(answer.json()["error"]["code"], 429);
        // The whole endpoint.
        for post in [
            request_in(version, "tools/list", json!({})),
            raw(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).header("mcp-protocol-version", version.0),
        ] {
            let answer = server.send(post.within(session.as_ref()).bearer(&token).build()).await;
            assert_limited(&answer, "caller_rate", "q=8;w=3600");
        }
        for other in [
            server.token_builder("todo:read").subject("bob").sign(),
            server.token_builder("todo:read").subject("alice").client_id("another").sign(),
        ] {
            let answer = server.send(call("who").bearer(&other).build()).await;
            assert_eq!(answer.status, StatusCode::OK, "{version:?}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn malformed_requests_of_a_caller_count() {
    let posts = [
        raw("not JSON"),
        raw("{}").header("content-encoding", "gzip"),
        raw("{}").header("mcp-method", "a").header("mcp-method", "b"),
        raw("").method(Method::DELETE).header("mcp-session-id", "unknown"),
    ];
    for post in posts {
        let server = server(RateLimits::none().per_caller(Rate::per_hour(2))).await;
        let token = server.token("todo:read");
        let send = || server.send(post.clone().bearer(&token).build());
        for _ in 0..2 {
            let answer = send().await;
            assert!(answer.status.is_client_error(), "{answer:?}");
            assert_ne!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{answer:?}");
        }
        let answer = send().await;
        assert_limited(&answer, "caller_rate", "q=2;w=3600");
        assert_eq!(answer.json()["id"], json!(null));
    }
}

#[tokio::test]
async fn routes_of_an_application_share_the_rate_of_their_caller() {
    let server = server(RateLimits::none().per_caller(Rate::per_hour(2))).await;
    let rates = RateLimits::none().per_caller(Rate::per_hour(2));
    let built = with(crate::support::builder(&server.issuer), rates).tools(crate::support::Fixture::default());
    let built = built.build().await.unwrap();
    let guard = built.route_guard();
    let route = Router::new().route("/api", get(|| async { "ok" })).route_layer(guard.authenticated());
    // Two layers of one guard count a request once.
    let route = route.route_layer(guard.scope(Scope::from_static("todo:read")));
    let router = route.merge(built.into_router());
    let token = server.token("todo:read");
    let api = || raw("").method(Method::GET).uri("/api").bearer(&token).build();
    assert_eq!(exchange(&router, api()).await.status, StatusCode::OK);
    assert_eq!(exchange(&router, call("who").bearer(&token).build()).await.status, StatusCode::OK);
    let answer = exchange(&router, api()).await;
    assert_limited(&answer, "caller_rate", "q=2;w=3600");
    assert!(answer.json()["error_description"].as_str().unwrap().starts_with("Too many requests: the limit is 2/hour"));
    assert_limited(&exchange(&router, call("who").bearer(&token).build()).await, "caller_rate", "q=2;w=3600");
}

#[tokio::test]
async fn layers_alone_have_rates() {
    let server = Server::start().await;
    let validator = Issuer::jwt(server.issuer.issuer()).validator(RESOURCE).await.unwrap();
    let rates = RateLimits::new().failed_credentials(Rate::per_hour(1)).per_caller(Rate::per_hour(1));
    let layer = AuthLayer::new(validator, Policy::default(), Challenger::new(METADATA)).rate_limits(&rates);
    let router = Router::new().route("/", get(|| async { "ok" })).layer(layer);
    let request = |token: &str| from(CLIENT, raw("").method(Method::GET).uri("/").bearer(token));
    let token = server.token("todo:read");
    assert_eq!(exchange(&router, request(&token)).await.status, StatusCode::OK);
    assert_limited(&exchange(&router, request(&token)).await, "caller_rate", "q=1;w=3600");
    assert_eq!(exchange(&router, request("invalid")).await.status, StatusCode::UNAUTHORIZED);
    assert_limited(&exchange(&router, request("invalid")).await, "credentials_rate", "q=1;w=3600");
}

/// Operations of every kind with limits.
#[derive(Clone)]
struct Limited {
    runs: Runs,
    release: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

impl Limited {
    fn new() -> Self {
        Self { runs: Runs::default(), release: Arc::new(Semaphore::new(0)), waiting: Arc::default() }
    }

    async fn wait(&self) -> String {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.release.acquire().await.unwrap().forget();
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        self.runs.ran()
    }

    /// Waits until this number of calls run.
    async fn wait_for(&self, calls: usize) {
        for _ in 0..2_000 {
            if self.waiting.load(Ordering::SeqCst) == calls {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{calls} calls expected");
    }
}

#[guarded_tools(own_handler)]
impl Limited {
    /// Two calls.
    #[guarded_tool(scope = "todo:read", limit = "2/hour")]
    fn rare(&self) -> String {
        self.runs.ran()
    }

    /// One call at a time.
    #[guarded_tool(scope = "todo:read", concurrent = 1)]
    async fn alone(&self) -> String {
        self.wait().await
    }

    /// One call at a time, with the connection.
    #[guarded_tool(scope = "todo:read", concurrent = 1)]
    async fn alone_with_connection(&self, context: RequestContext<RoleServer>) -> String {
        drop(context);
        self.wait().await
    }

    /// Unlimited.
    #[guarded_tool(authenticated)]
    async fn free(&self) -> String {
        self.wait().await
    }

    /// Two prompts.
    #[guarded_prompt(scope = "todo:read", limit = "2/hour")]
    fn plan(&self) -> String {
        self.runs.ran()
    }

    /// Two reads.
    #[guarded_resource(uri = "todo://{id}", scope = "todo:read", limit = "2/hour")]
    fn todo(&self, id: String) -> String {
        self.runs.ran();
        id
    }
}

#[guarded_handler]
impl rmcp::ServerHandler for Limited {
    #[guarded(scope = "todo:read", limit = "2/hour")]
    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, rmcp::ErrorData> {
        Ok(ListPromptsResult::default())
    }
}

async fn limited(
    configure: impl Fn(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>,
) -> (Server, Limited) {
    let limited = Limited::new();
    let server = Server::serve_with(limited.runs.clone(), limited.clone(), configure).await;
    (server.without_reference(), limited)
}

#[tokio::test]
async fn operations_are_limited_for_each_caller() {
    for version in VERSIONS {
        let (server, _) = limited(|builder| builder).await;
        let alice = server.token_builder("todo:read").subject("alice").sign();
        let bob = server.token_builder("todo:read").subject("bob").sign();
        let session = server.connect(version, &alice).await;
        let session_of_bob = server.connect(version, &bob).await;
        let operations = [
            call_in(version, "rare"),
            request_in(version, "prompts/get", json!({"name": "plan"})),
            request_in(version, "resources/read", json!({"uri": "todo://1"})),
            request_in(version, "prompts/list", json!({})),
        ];
        for post in operations {
            let send =
                |token: &str, session: Option<&String>| server.send(post.clone().within(session).bearer(token).build());
            let unprivileged = server.token_builder("todo:other").subject("alice").sign();
            for _ in 0..3 {
                let refused = send(&unprivileged, session.as_ref()).await;
                assert_eq!(refused.status, StatusCode::FORBIDDEN, "a refused call does not count: {refused:?}");
            }
            for _ in 0..2 {
                assert_eq!(send(&alice, session.as_ref()).await.status, StatusCode::OK, "{post:?}");
            }
            let answer = send(&alice, session.as_ref()).await;
            assert_limited(&answer, "operation_rate", "q=2;w=3600");
            assert_eq!(answer.json()["id"], 7);
            assert_eq!(send(&bob, session_of_bob.as_ref()).await.status, StatusCode::OK, "{post:?}");
        }
    }
}

#[tokio::test]
async fn calls_in_progress_are_limited() {
    let rates = RateLimits::none().concurrent_per_caller(1);
    let of_operation = ("operation_concurrency", RateLimits::none());
    let of_caller = ("caller_concurrency", rates);
    let tools = [("alone", of_operation), ("alone_with_connection", of_operation), ("free", of_caller)];
    for version in VERSIONS {
        for (tool, (name, rates)) in tools {
            let (server, limited) = limited(|builder| with(builder, rates)).await;
            let token = server.token("todo:read");
            let session = server.connect(version, &token).await;
            let post = |id: &str| {
                let post = call_in(version, tool).within(session.as_ref()).bearer(&token);
                let body = String::from_utf8(post.body.clone()).unwrap().replace("\"id\":7", &format!("\"id\":{id}"));
                Post { body: body.into_bytes(), ..post }.build()
            };
            let router = server.router.clone();
            let first = tokio::spawn({
                let request = post("1");
                async move { exchange(&router, request).await }
            });
            limited.wait_for(1).await;
            let answer = server.send(post("2")).await;
            assert_limited(&answer, name, "q=1;qu=\"concurrent-requests\"");
            assert_eq!(answer.json()["id"], 2, "{tool} {version:?}");
            limited.release.add_permits(2);
            assert_eq!(first.await.unwrap().last_json()["result"]["content"][0]["text"], "ran");
            // The slot is free when the operation has ended, which may be shortly after its response.
            let mut status = StatusCode::TOO_MANY_REQUESTS;
            for id in 3..1_000 {
                status = server.send(post(&id.to_string())).await.status;
                if status == StatusCode::OK {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            assert_eq!(status, StatusCode::OK, "{tool} {version:?}");
        }
    }
}

#[tokio::test]
async fn dropped_request_frees_its_slot() {
    for tool in ["alone", "alone_with_connection"] {
        let (server, limited) = limited(|builder| builder).await;
        let token = server.token("todo:read");
        let router = server.router.clone();
        let request = call(tool).bearer(&token).build();
        let first = tokio::spawn(async move { exchange(&router, request).await });
        limited.wait_for(1).await;
        assert_eq!(server.call(tool, &token).await.status, StatusCode::TOO_MANY_REQUESTS);
        first.abort();
        limited.release.add_permits(2);
        let mut status = StatusCode::TOO_MANY_REQUESTS;
        for _ in 0..1_000 {
            status = server.call(tool, &token).await.status;
            if status == StatusCode::OK {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(status, StatusCode::OK, "{tool}");
    }
}

#[tokio::test]
async fn streams_take_no_slot_of_their_caller() {
    let (server, limited) =
        limited(|builder| with(builder, RateLimits::none().concurrent_per_caller(1)).sessions(Sessions::new())).await;
    limited.release.add_permits(1);
    let token = server.token("todo:read");
    let opened = server.send(initialize(VERSIONS[1]).bearer(&token).build()).await;
    let stream = raw("")
        .method(Method::GET)
        .header("mcp-session-id", opened.session())
        .header("mcp-protocol-version", VERSIONS[1].0)
        .bearer(&token);
    let response = tower::ServiceExt::oneshot(server.router.clone(), stream.build()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let answer = server.call("free", &token).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

#[tokio::test]
async fn anonymous_callers_are_limited_by_address() {
    #[derive(Clone)]
    struct Open;

    #[guarded_tools]
    impl Open {
        /// One call.
        #[guarded_tool(public, limit = "1/hour")]
        fn open(&self) -> String {
            "ran".to_owned()
        }
    }

    let server = Server::serve_with(Runs::default(), Open, ResourceServerBuilder::allow_anonymous).await;
    let server = server.without_reference();
    for peer in [CLIENT, OTHER] {
        assert_eq!(server.send(from(peer, call("open"))).await.status, StatusCode::OK, "{peer}");
        assert_limited(&server.send(from(peer, call("open"))).await, "operation_rate", "q=1;w=3600");
    }
    // Callers without a known address share one count.
    assert_eq!(server.send(call("open").build()).await.status, StatusCode::OK);
    assert_limited(&server.send(call("open").build()).await, "operation_rate", "q=1;w=3600");
}
