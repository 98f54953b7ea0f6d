//! Validators other than the one for JWTs of a single issuer, in a whole server.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use futures::future::join_all;
use http::{Method, StatusCode};
use mcp_guard::issuer::{Cached, ClientAuthentication, Introspection, StaticTokens, TokenCacheHandle};
use mcp_guard::token::TokenParts;
use mcp_guard::{Issuer, ResourceServer, TokenValidator};
use mcp_guard_dev::DevAuthServer;
use serde_json::json;

use crate::logs::{assert_nothing_of, logged};
use crate::support::{
    Answer, Fixture, METADATA, RESOURCE, Runs, Server, builder, builder_with, call, insufficient, raw,
};

async fn issuer() -> DevAuthServer {
    DevAuthServer::builder().opaque_tokens().resource_server("todo", "S3CRET-of-ours").start().await.unwrap()
}

fn introspection(issuer: &DevAuthServer) -> Issuer<Introspection> {
    Issuer::introspection(issuer.issuer(), ClientAuthentication::secret("todo", "S3CRET-of-ours"))
}

async fn server(issuer: DevAuthServer, validator: impl TokenValidator) -> Server {
    let custom = Issuer::custom(validator, [issuer.issuer()]);
    Server::trusting(issuer, builder_with(custom)).await
}

async fn introspecting() -> (Server, TokenCacheHandle) {
    let issuer = issuer().await;
    let server = builder_with(introspection(&issuer)).tools(Fixture::default()).build().await.unwrap();
    let handle = server.cache_handle();
    (
        Server {
            issuer,
            router: server.health_router().merge(server.into_router()),
            runs: Runs::default(),
            reference: None,
        },
        handle,
    )
}

fn opaque(server: &Server, scope: &str) -> String {
    server.issuer.opaque_token(server.token_builder(scope))
}

fn assert_unavailable(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{answer:?}");
    assert_eq!(answer.header("www-authenticate"), None, "a challenge makes clients discard valid tokens: {answer:?}");
    assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u64>().unwrap() >= 1), "{answer:?}");
}

fn assert_invalid(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{answer:?}");
    let challenge = answer.challenge();
    assert!(challenge.starts_with("Bearer error=\"invalid_token\""), "{challenge}");
    assert!(challenge.contains(&format!("resource_metadata=\"{METADATA}\"")), "{challenge}");
}

#[tokio::test]
async fn opaque_token_gets_the_same_responses_as_jwt() {
    let (server, _) = introspecting().await;
    let good = opaque(&server, "todo:read");
    assert_eq!(server.call("read", &good).await.status, StatusCode::OK);
    let forbidden = server.call("write", &good).await;
    assert_eq!(forbidden.status, StatusCode::FORBIDDEN, "{forbidden:?}");
    assert_eq!(forbidden.challenge(), insufficient("todo:read todo:write"));
    assert_eq!(server.send(call("read").build()).await.status, StatusCode::UNAUTHORIZED);
    let expired = server.issuer.opaque_token(server.token_builder("todo:read").expires_in(-60));
    let elsewhere = server.issuer.opaque_token(server.token_builder("todo:read").audience("https://other.example.com"));
    let nobodys = server.issuer.opaque_token(server.token_builder("todo:read").without("sub"));
    for token in ["made-up", &expired, &elsewhere, &nobodys, &server.token("todo:read")] {
        assert_invalid(&server.call("read", token).await);
    }
}

#[tokio::test]
async fn revoked_token_is_rejected_once_the_cache_forgets_it() {
    let (server, handle) = introspecting().await;
    let token = opaque(&server, "todo:read");
    assert_eq!(server.call("read", &token).await.status, StatusCode::OK);
    server.issuer.revoke(&token);
    assert_eq!(server.call("read", &token).await.status, StatusCode::OK, "the result is cached");
    handle.forget(&token);
    assert_invalid(&server.call("read", &token).await);
}

#[tokio::test]
async fn cached_tokens_are_accepted_during_an_outage() {
    let (server, _) = introspecting().await;
    let (known, new) = (opaque(&server, "todo:read"), opaque(&server, "todo:read"));
    assert_eq!(server.call("read", &known).await.status, StatusCode::OK);
    server.issuer.set_outage(true);
    assert_eq!(server.call("read", &known).await.status, StatusCode::OK);
    for token in [new.as_str(), "made-up"] {
        assert_unavailable(&server.call("read", token).await);
    }
    let ready = server.send(raw("").method(Method::GET).uri("/health/ready").build()).await;
    assert_eq!((ready.status, &ready.json()["issuer_reachable"]), (StatusCode::OK, &json!(false)));
    server.issuer.set_outage(false);
    assert_eq!(server.call("read", &new).await.status, StatusCode::OK);
    assert_invalid(&server.call("read", "made-up").await);
}

#[tokio::test]
async fn concurrent_introspections_of_a_token_are_merged() {
    let (server, _) = introspecting().await;
    let token = opaque(&server, "todo:read");
    let answers = join_all((0..50).map(|_| server.call("read", &token))).await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK));
    assert_eq!(server.issuer.introspections(), 1);
}

#[tokio::test]
async fn invalid_tokens_do_not_evict_cached_tokens() {
    let issuer = issuer().await;
    let builder = builder_with(introspection(&issuer).cached_tokens(8));
    let server = Server::trusting(issuer, builder).await;
    let good = opaque(&server, "todo:read");
    assert_eq!(server.call("read", &good).await.status, StatusCode::OK);
    for _ in 0..2 {
        for number in 0..50 {
            assert_invalid(&server.call("read", &format!("junk-{number}")).await);
        }
    }
    assert_eq!(server.call("read", &good).await.status, StatusCode::OK);
    assert_eq!(server.issuer.introspections(), 51);
}

#[test]
fn introspection_failures_are_logged_without_secrets() {
    for (case, secret, outage) in [("401", "S3CRET-but-wrong", false), ("503", "S3CRET-of-ours", true)] {
        let ((endpoint, tokens), log) = logged(async {
            let issuer = issuer().await;
            let credentials = ClientAuthentication::secret_post("todo", secret);
            let builder = builder_with(Issuer::introspection(issuer.issuer(), credentials));
            let server = Server::trusting(issuer, builder).await;
            let tokens = ["S3CRET-made-up".to_owned(), opaque(&server, "todo:read S3CRET")];
            server.issuer.set_outage(outage);
            for token in &tokens {
                assert_unavailable(&server.call("read", token).await);
            }
            (server.issuer.introspection_endpoint().to_owned(), tokens)
        });
        assert_nothing_of(&tokens, &log);
        assert!(!log.contains("S3CRET"));
        let is_logged = |line: &str| line.contains("ERROR") && line.contains(&endpoint) && line.contains(case);
        assert!(log.lines().any(is_logged), "the endpoint and the cause: {case}");
    }
}

#[test]
fn opaque_token_claims_are_not_logged() {
    let (tokens, log) = logged(async {
        let (server, _) = introspecting().await;
        let secret = |name: &str| server.token_builder("todo:read S3CRET").subject("S3CRET").claim(name, "S3CRET");
        let tokens: Vec<String> =
            ["email", "iss", "aud", "token_type"].map(|name| server.issuer.opaque_token(secret(name))).to_vec();
        for token in &tokens {
            server.call("read", token).await;
            server.call("write", token).await;
        }
        tokens
    });
    assert_nothing_of(&tokens, &log);
}

async fn status(router: &Router, token: &str) -> StatusCode {
    let server = Server { issuer: issuer().await, router: router.clone(), runs: Runs::default(), reference: None };
    server.call("read", token).await.status
}

#[tokio::test]
async fn tokens_of_every_configured_issuer_are_accepted() {
    let [one, other, third] = [
        DevAuthServer::builder().start().await.unwrap(),
        DevAuthServer::builder().start().await.unwrap(),
        DevAuthServer::builder().start().await.unwrap(),
    ];
    let built = |audience: Option<&str>| {
        let builder = [&one, &other].into_iter().fold(ResourceServer::builder(RESOURCE), |builder, server| {
            builder.issuer(audience.into_iter().fold(Issuer::jwt(server.issuer()), Issuer::audience))
        });
        async { builder.tools(Fixture::default()).build().await.unwrap().into_router() }
    };
    let (router, with_audience) = (built(None).await, built(Some("todo-api")).await);
    let token = |issuer: &DevAuthServer| issuer.token().audience(RESOURCE).scope("todo:read");
    for issuer in [&one, &other] {
        assert_eq!(status(&router, &token(issuer).sign()).await, StatusCode::OK);
        assert_eq!(status(&router, &token(issuer).audience("todo-api").sign()).await, StatusCode::UNAUTHORIZED);
        assert_eq!(status(&with_audience, &token(issuer).sign()).await, StatusCode::UNAUTHORIZED);
        assert_eq!(status(&with_audience, &token(issuer).audience("todo-api").sign()).await, StatusCode::OK);
    }
    let forged = token(&one).claim("iss", other.issuer()).without_header("kid").sign();
    for token in [&token(&third).sign(), &forged, "opaque"] {
        assert_eq!(status(&router, token).await, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn unavailable_issuer_does_not_affect_others() {
    let one = DevAuthServer::builder().start().await.unwrap();
    let token = one.token().audience(RESOURCE).scope("todo:read").sign();
    let later = "http://127.0.0.1:1";
    let builder = builder(&one).issuer(later);
    let other = one.token().claim("iss", later).audience(RESOURCE).sign();
    let server = Server::trusting(one, builder).await;
    assert_eq!(server.call("read", &token).await.status, StatusCode::OK);
    assert_eq!(server.call("read", &other).await.status, StatusCode::SERVICE_UNAVAILABLE);
    let ready = server.send(raw("").method(Method::GET).uri("/health/ready").build()).await;
    assert_eq!((ready.status, &ready.json()["unavailable"][0]["issuer"]), (StatusCode::OK, &json!(later)));
}

#[tokio::test]
async fn jwt_can_be_revoked_before_it_expires() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let jwt = Issuer::jwt(issuer.issuer()).validator(RESOURCE).await.unwrap();
    let locked_out = Arc::new(Mutex::new(String::new()));
    let asked = Arc::clone(&locked_out);
    let validator = Cached::builder(jwt)
        .time_to_live(Duration::from_secs(30))
        .revoked(move |token| token.subject() == *asked.lock().unwrap())
        .build();
    let server = server(issuer, validator).await;
    let token = |subject: &str| server.token_builder("todo:read").subject(subject).sign();
    let alice = token("alice");
    assert_eq!(server.call("read", &alice).await.status, StatusCode::OK);
    "alice".clone_into(&mut locked_out.lock().unwrap());
    assert_invalid(&server.call("read", &alice).await);
    assert_invalid(&server.call("read", &token("alice")).await);
    assert_eq!(server.call("read", &token("bob")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn static_tokens_are_accepted_in_tests() {
    let parts = TokenParts {
        subject: "alice".into(),
        issuer: "https://auth.example.com".into(),
        scopes: "todo:read".parse().unwrap(),
        ..TokenParts::default()
    };
    let validator = StaticTokens::new([("token-of-alice", parts)]).unwrap();
    let server = server(DevAuthServer::builder().start().await.unwrap(), validator).await;
    assert_eq!(server.call("who", "token-of-alice").await.result_text(), "alice");
    assert_eq!(server.call("write", "token-of-alice").await.status, StatusCode::FORBIDDEN);
    assert_invalid(&server.call("read", "token-of-bob").await);
}
