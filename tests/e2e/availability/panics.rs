//! Findings 2 and 10: code of the application that panics or never returns.

use std::sync::Arc;

use http::Method;
use http::Request;
use mcp_guard::AuthLayer;
use mcp_guard::BearerToken;
use mcp_guard::Challenger;
use mcp_guard::Disclosure;
use mcp_guard::Policy;
use mcp_guard::Sessions;
use mcp_guard::TokenError;
use mcp_guard::TokenValidator;
use serde_json::json;

use super::Listening;
use super::send;
use crate::support::Fixture;
use crate::support::Post;
use crate::support::Server;
use crate::support::VERSIONS;
use crate::support::Version;
use crate::support::builder;
use crate::support::call;
use crate::support::initialize;
use crate::support::request_in;

fn unruly_requests(version: Version) -> [Post; 4] {
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
        for post in unruly_requests(version) {
            let (status, response) = server.send(&post.within(session.as_ref()).bearer(&token)).await;
            assert_eq!(status, 200, "{version:?}: {response}");
            assert!(response.contains("-32603") && response.contains("Internal server error"), "{response}");
            assert!(!response.contains("SECRET"), "{response}");
        }
        let (status, _) =
            server.send(&request_in(version, "tools/list", json!({})).within(session.as_ref()).bearer(&token)).await;
        assert_eq!(status, 200, "the server and its session go on");
    }
}

struct Panicking;

impl TokenValidator for Panicking {
    async fn validate(&self, token: &BearerToken) -> Result<mcp_guard::ValidatedToken, TokenError> {
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
    async fn validate(&self, _: &BearerToken) -> Result<mcp_guard::ValidatedToken, TokenError> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn validator_that_never_answers_is_unavailable() {
    let layer = AuthLayer::new(Silent, Arc::new(Policy::default()), Challenger::new("https://h/metadata"));
    let router = axum::Router::new().route("/", axum::routing::get(async || "in")).layer(layer);
    let request = Request::builder().uri("/").header("authorization", "Bearer abc");
    assert_eq!(send(&router, request.body(axum::body::Body::empty()).unwrap()).await.0, 503);
}

#[tokio::test]
async fn panics_of_callbacks_are_answered() {
    let revoked = Server::start_issuer(|issuer| issuer.revoked(|_| panic!("SECRET"))).await;
    assert_eq!(revoked.call("read", &revoked.token("todo:read")).await.status, 503);
    let grants = Server::start_issuer(|issuer| {
        issuer.grants(|_: &serde_json::Value| -> mcp_guard::ScopeSet { panic!("SECRET") })
    })
    .await;
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
