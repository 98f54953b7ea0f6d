//! No part of a token appears in a log, at any level.

use std::io;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::Request;
use http_body_util::BodyExt as _;
use mcp_guard::error::TokenRejection;
use mcp_guard::issuer::{IssuerValidator, Jwt};
use mcp_guard::layer::{AuthLayer, Challenger};
use mcp_guard::policy::Policy;
use mcp_guard::prelude::*;
use mcp_guard::settings::{Dpop, Network};
use mcp_guard::{Issuer, ResourceServer};
use mcp_guard_dev::{DevAuthServer, SigningAlgorithm, SigningKey, TokenBuilder};
use serde_json::json;
use tower::ServiceExt as _;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{METADATA, Mixed, RESOURCE, Server, VERSIONS, builder, call, call_in, initialize};

/// The events of a run.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Returns the events so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Runs a future on one thread, so that this log receives all events.
    pub(crate) fn record<R>(&self, run: impl Future<Output = R>) -> R {
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(self.clone())
            .finish();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        tracing::subscriber::with_default(subscriber, || runtime.block_on(run))
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

/// Runs a future and returns its log.
pub(crate) fn logged<R>(run: impl Future<Output = R>) -> (R, String) {
    // With a single subscriber, tracing disables an event for all threads if a thread without one reaches it first.
    static OTHER: LazyLock<tracing::Dispatch> =
        LazyLock::new(|| tracing::Dispatch::new(tracing_subscriber::registry()));
    LazyLock::force(&OTHER);
    let log = Log::default();
    let result = log.record(run);
    let log = log.text();
    assert!(log.len() > 1000, "the log is too short: {log}");
    (result, log)
}

pub(crate) fn assert_nothing_of(tokens: &[String], log: &str) {
    for token in tokens {
        for part in token.split('.').filter(|part| part.len() > 20) {
            assert!(!log.contains(part), "the log contains a part of a token");
        }
    }
    for line in log.lines() {
        assert!(!line.contains("S3CRET"), "{line}");
    }
}

#[test]
fn trace_log_contains_no_token() {
    let (tokens, log) = logged(async {
        let server = Server::start().await;
        let good = || {
            server
                .token_builder("todo:read")
                .subject("S3CRET-SUBJECT")
                .client_id("S3CRET-CLIENT")
                .claim("email", "S3CRET-CLAIM")
        };
        let mut tokens = Vec::new();
        for token in [
            good().sign(),
            good().expires_in(-3600).sign(),
            // The audience of a token whose signature verified is logged.
            good().audience("https://other.example.com").sign(),
            good().claim("iss", "https://S3CRET-ISSUER").sign(),
            good().header("kid", "S3CRET-KID").sign(),
            good().claim("scope", "S3CRET\"SCOPE").sign(),
            "S3CRET-GARBAGE".to_owned(),
        ] {
            server.call("read", &token).await;
            server.call("write", &token).await;
            server.send(call("read").uri(&format!("/mcp?access_token={token}")).build()).await;
            server.send(call("read").bearer(&token).bearer(&token).build()).await;
            let opened = server.send(initialize(VERSIONS[0]).bearer(&token).build()).await;
            if let Some(session) = opened.header("mcp-session-id") {
                server
                    .send(call_in(VERSIONS[0], "read").header("mcp-session-id", session).bearer(&token).build())
                    .await;
            }
            tokens.push(token);
        }
        tokens
    });
    assert_nothing_of(&tokens, &log);
}

#[test]
fn trace_log_contains_no_proof() {
    let (secrets, log) = logged(async {
        let dpop = Dpop::optional().nonces(Duration::from_secs(86_400)).max_proofs(1);
        let server = Server::start_with(|builder| builder.dpop(dpop.clone())).await.without_reference();
        let key = SigningKey::generate(SigningAlgorithm::Es256);
        let token = server.token_builder("todo:read").subject("S3CRET-SUBJECT").bound_to(&key).sign();
        let asked = server.send(call("read").dpop(&token, &key).build()).await;
        let nonce = asked.header("dpop-nonce").unwrap().to_owned();
        let good = || call("read").proof(&token, &key).claim("jti", "S3CRET-ID").nonce(nonce.as_str());
        let mut secrets = vec![token.clone(), nonce.clone(), key.kid().to_owned()];
        for proof in [
            // The first proof is consumed, the second was used before, and the third exceeds the capacity.
            good(),
            good(),
            good().claim("jti", "S3CRET-OTHER-ID"),
            good().claim("htu", "https://S3CRET-HOST/mcp"),
            good().claim("htm", "S3CRET-METHOD"),
            good().claim("ath", "S3CRET-HASH"),
            good().nonce("S3CRET-NONCE"),
            good().claim("iat", "S3CRET-TIME"),
            good().header("alg", "S3CRET-ALG"),
            good().header("typ", "S3CRET-TYP"),
            good().jwk_member("x", "S3CRET-X"),
            good().jwk_member("d", "S3CRET-D"),
        ] {
            let proof = proof.sign();
            for post in [
                call("read").with_proof(&token, &proof),
                call("read").with_proof("S3CRET-GARBAGE", &proof),
                call("read").bearer(&token).header("dpop", &proof),
                call("read").with_proof(&token, &proof).header("dpop", "S3CRET-PROOF"),
            ] {
                server.send(post.build()).await;
            }
            secrets.push(proof);
        }
        server.send(call("read").with_proof(&token, "S3CRET-PROOF").build()).await;
        assert_eq!(server.runs(), 1);
        secrets
    });
    assert_nothing_of(&secrets, &log);
    for (level, text) in [("DEBUG", "request rejected rule=proof_"), ("WARN", "too many DPoP proofs")] {
        assert!(log.lines().any(|line| line.contains(level) && line.contains(text)), "{text}");
    }
}

#[derive(serde::Deserialize)]
#[expect(dead_code, reason = "only deserialization is tested")]
struct Tenant {
    tenant: String,
    plan: Option<Plan>,
}

#[derive(serde::Deserialize)]
enum Plan {
    Free,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only deserialization is tested")]
struct Strict {
    tenant: String,
}

/// Tools that extract claims.
#[derive(Clone)]
struct Readers;

#[guarded_tools]
impl Readers {
    /// Extracts these claims, and allows others.
    #[guarded_tool(authenticated)]
    fn tenant(&self, _claims: Claims<Tenant>) -> String {
        "read".to_owned()
    }

    /// Extracts these claims, and denies others.
    #[guarded_tool(authenticated)]
    fn strict(&self, _claims: Claims<Strict>) -> String {
        "read".to_owned()
    }
}

/// Handlers that extract claims.
fn handlers() -> Router {
    Router::new()
        .route("/tenant", get(|_: Claims<Tenant>| async {}))
        .route("/strict", get(|_: Claims<Strict>| async {}))
}

/// Handlers that return the text of every error.
fn printers() -> Router {
    let errors = |claims: Result<Claims<Strict>, TokenRejection>| async move {
        claims.err().map(|rejection| format!("{rejection} {rejection:?}")).unwrap_or_default()
    };
    let rejection = |claims: Result<Claims<Tenant>, TokenRejection>| async move {
        claims.err().map(|rejection| format!("{rejection} {rejection:?}")).unwrap_or_default()
    };
    Router::new().route("/errors", get(errors)).route("/rejection", get(rejection))
}

/// A validator that derives scopes from the claims.
async fn validator(issuer: &DevAuthServer) -> IssuerValidator {
    reading(issuer).validator(RESOURCE).await.unwrap()
}

fn reading(issuer: &DevAuthServer) -> Issuer<Jwt> {
    Issuer::jwt(issuer.issuer()).grants(|_: &Tenant| ScopeSet::new()).grants(|_: &Strict| ScopeSet::new())
}

/// Returns valid tokens that deserialize into neither `Tenant` nor `Strict`: one lacks a claim, others have other
/// types.
fn invalid_claims(issuer: &DevAuthServer) -> Vec<String> {
    let token = || issuer.token().audience(RESOURCE).claim("S3CRET-NAME", "S3CRET-VALUE");
    let tokens = [
        token(),
        token().claim("tenant", json!(["S3CRET-MEMBER"])),
        token().claim("tenant", json!({"S3CRET-INNER": "S3CRET-VALUE"})),
        token().claim("tenant", "a").claim("plan", "S3CRET-VARIANT"),
        token().claim("tenant", "a").claim("plan", json!({"S3CRET-VARIANT": 1})),
    ];
    tokens.into_iter().map(TokenBuilder::sign).collect()
}

async fn answer(router: &Router, request: Request<Body>) -> String {
    let answer = router.clone().oneshot(request).await.unwrap();
    let headers = format!("{:?}", answer.headers());
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    format!("{headers} {}\n", String::from_utf8_lossy(&body))
}

/// Checks that the log names the claim types, which operators need to find the mistake.
fn assert_names_the_types(log: &str) {
    for name in ["e2e::logs::Tenant", "e2e::logs::Strict"] {
        for level in ["ERROR", "DEBUG"] {
            assert!(log.lines().any(|line| line.contains(level) && line.contains(name)), "{level} {name}");
        }
    }
}

#[test]
fn handler_claim_errors_contain_no_claim_values() {
    let ((tokens, answers), log) = logged(async {
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let layer = AuthLayer::new(validator(&issuer).await, Policy::default(), Challenger::new(METADATA));
        let app = handlers().merge(printers()).layer(layer);
        let tokens = invalid_claims(&issuer);
        let mut answers = String::new();
        for token in &tokens {
            for path in ["/tenant", "/strict", "/errors", "/rejection"] {
                let request = Request::builder().uri(path).header("authorization", format!("Bearer {token}"));
                answers += &answer(&app, request.body(Body::empty()).unwrap()).await;
            }
        }
        (tokens, answers)
    });
    assert_nothing_of(&tokens, &log);
    assert_nothing_of(&tokens, &answers);
    assert_names_the_types(&log);
    for printed in ["lacks the required claim `tenant`", "do not match `"] {
        assert!(answers.contains(printed), "{printed}");
    }
}

#[test]
fn tool_claim_errors_contain_no_claim_values() {
    let ((tokens, answers), log) = logged(async {
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let server = ResourceServer::builder(RESOURCE).issuer(reading(&issuer)).tools(Readers).build();
        let router = server.await.unwrap().into_router();
        let tokens = invalid_claims(&issuer);
        let mut answers = String::new();
        for token in &tokens {
            for tool in ["tenant", "strict"] {
                answers += &answer(&router, call(tool).bearer(token).build()).await;
            }
        }
        (tokens, answers)
    });
    assert_nothing_of(&tokens, &log);
    assert_nothing_of(&tokens, &answers);
    assert_names_the_types(&log);
    assert!(!answers.contains("\"result\""), "{answers}");
}

/// A tool that requires an invalid scope.
#[derive(Clone)]
struct Misspells;

#[guarded_tools]
impl Misspells {
    /// Requires the subject of the token as a scope, by mistake.
    #[guarded_tool(authenticated)]
    async fn ask(&self, token: ValidatedToken) -> Result<String, mcp_guard::InsufficientScope> {
        token.require(format!("{} \"S3CRET\"", token.subject()).as_str())?;
        Ok("read".to_owned())
    }
}

#[test]
fn invalid_late_scope_is_logged_without_its_text() {
    let ((token, text), log) = logged(async {
        let server = Server::serve(crate::support::Runs::default(), Misspells).await;
        let token = server.token_builder("todo:read S3CRET-SCOPE").subject("S3CRET-SUBJECT").sign();
        let answer = server.call("ask", &token).await;
        assert_eq!(answer.status, http::StatusCode::INTERNAL_SERVER_ERROR, "{answer:?}");
        (token, answer.text)
    });
    assert_nothing_of(std::slice::from_ref(&token), &log);
    assert_nothing_of(&[token], &text);
    let errors: Vec<&str> = log.lines().filter(|line| line.contains("ERROR")).collect();
    assert!(errors.iter().any(|line| line.contains("`ValidatedToken::require`")), "{errors:?}");
}

#[test]
fn start_event_sums_up_what_is_served() {
    let (summary, log) = logged(async {
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let server = builder(&issuer).allow_anonymous().tools(Mixed::default()).build().await.unwrap();
        server.summary().to_string()
    });
    let event = log.lines().find(|line| line.contains(" serving ")).unwrap();
    for text in [RESOURCE, "https://todo.example.com/.well-known/oauth-protected-resource/mcp", "RS256", "the tool "] {
        assert!(event.contains(text), "{text}: {event}");
        assert!(summary.contains(text), "{text}: {summary}");
    }
    assert!(summary.contains("issuer:     http://127.0.0.1:"), "{summary}");
    assert!(summary.contains(&format!("audience: {RESOURCE}")), "{summary}");
    assert!(summary.contains("1 public"), "{summary}");
    assert!(summary.contains("127.0.0.1:8080, plain HTTP"), "{summary}");
}

/// A client must reject metadata of another resource, so the operator learns which name clients use.
#[test]
fn metadata_under_another_host_is_logged() {
    let ((), log) = logged(async {
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let network = Network::new().allowed_hosts(["internal.example.com"]);
        let router = builder(&issuer).network(network).tools(Mixed::default()).allow_anonymous().build().await.unwrap();
        let router = router.into_router();
        for host in ["todo.example.com", "internal.example.com", "internal.example.com", "evil.example.com"] {
            let request = Request::get("/.well-known/oauth-protected-resource/mcp").header("host", host);
            router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        }
    });
    let events: Vec<&str> = log.lines().filter(|line| line.contains("metadata fetched under another host")).collect();
    assert_eq!(events.len(), 1, "{events:?}");
    assert!(events[0].contains("host=internal.example.com"), "{events:?}");
}
