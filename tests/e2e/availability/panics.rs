//! Findings 2 and 10: application code that panics or never returns.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request};
use mcp_guard::TokenValidator;
use mcp_guard::layer::{AuthLayer, Challenger};
use mcp_guard::policy::Policy;
use mcp_guard::prelude::*;
use mcp_guard::settings::{Disclosure, Sessions};
use mcp_guard::token::{BearerToken, TokenError};
use rmcp::model::ServerConfig;
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::json;

use super::{Listening, send};
use crate::support::{Fixture, Post, Runs, Server, VERSIONS, Version, builder, call, initialize, request_in};

fn misbehaving_requests(version: Version) -> [Post; 4] {
    [
        request_in(version, "tools/call", json!({"name": "broken", "arguments": {}})),
        request_in(version, "tools/call", json!({"name": "breaks_later", "arguments": {}})),
        request_in(version, "prompts/get", json!({"name": "broken_prompt"})),
        request_in(version, "resources/read", json!({"uri": "broken://1"})),
    ]
}

#[tokio::test]
async fn panicking_operation_is_an_internal_error() {
    for (version, sessions) in [(VERSIONS[0], true), (VERSIONS[1], false), (VERSIONS[2], true)] {
        let server = Listening::start_with(|builder| builder.sessions(Sessions::new().legacy(sessions))).await;
        let token = server.token("alice");
        let session = match sessions && !version.is_stateless() {
            true => {
                let (_, response) = server.send(&initialize(version).bearer(&token)).await;
                let id = response.lines().find_map(|line| line.strip_prefix("mcp-session-id: ")).unwrap();
                Some(id.to_owned())
            }
            false => None,
        };
        for post in misbehaving_requests(version) {
            let (status, response) = server.send(&post.within(session.as_ref()).bearer(&token)).await;
            assert_eq!(status, 200, "{version:?}: {response}");
            assert!(response.contains("-32603") && response.contains("Internal server error"), "{response}");
            assert!(!response.contains("SECRET"), "{response}");
        }
        let (status, _) =
            server.send(&request_in(version, "tools/list", json!({})).within(session.as_ref()).bearer(&token)).await;
        assert_eq!(status, 200, "the server and the session still work");
    }
}

/// Methods without a requirement that panic.
#[derive(Clone)]
struct Clumsy;

#[guarded_tools(own_handler)]
impl Clumsy {
    /// Answer.
    #[guarded_tool(scope = "todo:read")]
    fn read(&self) -> String {
        "done".to_owned()
    }
}

#[guarded_handler]
impl ServerHandler for Clumsy {
    fn get_info(&self) -> ServerConfig {
        panic!("SECRET of a panic")
    }

    async fn ping(&self, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        panic!("SECRET of a panic")
    }
}

#[tokio::test]
async fn panicking_handler_method_is_answered() {
    let server = Server::serve(Runs::default(), Clumsy).await;
    let token = server.token("todo:read");
    let send = async |post: Post| {
        let answer = server.send(post.bearer(&token).build());
        tokio::time::timeout(Duration::from_secs(20), answer).await.expect("it is answered")
    };
    let opened = send(initialize(VERSIONS[1])).await;
    assert_eq!(opened.status, 200, "{opened:?}");
    let within = |post: Post| post.header("mcp-session-id", opened.session());
    let ping = send(within(request_in(VERSIONS[1], "ping", json!({})))).await;
    assert!(ping.text.contains("-32603") && ping.text.contains("Internal server error"), "{ping:?}");
    assert!(!opened.text.contains("SECRET") && !ping.text.contains("SECRET"), "{opened:?} {ping:?}");
    let read = send(within(request_in(VERSIONS[1], "tools/call", json!({"name": "read", "arguments": {}})))).await;
    assert!(read.text.contains("done"), "the session goes on: {read:?}");
}

struct Panicking;

impl TokenValidator for Panicking {
    async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        panic!("SECRET {}", token.expose())
    }
}

#[tokio::test]
async fn panicking_validator_is_unavailable() {
    let layer = AuthLayer::new(Panicking, Arc::new(Policy::default()), Challenger::new("https://h/metadata"));
    let router = axum::Router::new().route("/", axum::routing::get(async || "in")).layer(layer);
    let request = Request::builder().method(Method::GET).uri("/").header("authorization", "Bearer abc");
    let (status, body) = send(&router, request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(status, 503, "{body}");
    assert!(!body.contains("SECRET") && !body.contains("abc"), "{body}");
}

struct Silent;

impl TokenValidator for Silent {
    async fn validate(&self, _: &BearerToken) -> Result<ValidatedToken, TokenError> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn validator_that_never_answers_is_unavailable() {
    let layer = AuthLayer::new(Silent, Arc::new(Policy::default()), Challenger::new("https://h/metadata"));
    let router = axum::Router::new().route("/", axum::routing::get(async || "in")).layer(layer);
    let request = Request::builder().uri("/").header("authorization", "Bearer abc");
    let answer = send(&router, request.body(axum::body::Body::empty()).unwrap());
    let answer = tokio::time::timeout(Duration::from_secs(60), answer).await.expect("the validator is given up");
    assert_eq!(answer.0, 503);
}

#[tokio::test]
async fn panicking_callback_gets_an_error_response() {
    let revoked = Server::start_issuer(|issuer| issuer.revoked(|_| panic!("SECRET"))).await;
    assert_eq!(revoked.call("read", &revoked.token("todo:read")).await.status, 503);
    let panics = |_: &serde_json::Value| -> ScopeSet { panic!("SECRET") };
    let grants = Server::start_issuer(|issuer| issuer.grants(panics)).await;
    assert_eq!(grants.call("read", &grants.token("todo:read")).await.status, 503);
    let denial =
        Server::start_with(|builder| builder.disclosure(Disclosure::new().denial_for(|_| panic!("SECRET")))).await;
    let answer = denial.call("read", &denial.token("todo:read")).await;
    assert_eq!(answer.status, 500, "{answer:?}");
    assert!(answer.text.contains("-32603") && !answer.text.contains("SECRET"), "{answer:?}");
    let issuer = mcp_guard_dev::DevAuthServer::builder().start().await.unwrap();
    let factory = builder(&issuer).tools_with(|| -> Result<Fixture, std::io::Error> { panic!("SECRET") });
    let router = factory.build().await.unwrap().into_router();
    let token = issuer.token().audience(crate::support::RESOURCE).scope("todo:read").sign();
    let (status, body) = send(&router, call("read").bearer(&token).build()).await;
    assert_eq!(status, 500, "{body}");
}
