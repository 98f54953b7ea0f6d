//! The log names the rule of each rejection, and the usual cause of rejected tokens. Clients control neither its size
//! nor its form.

use std::time::Duration;

use http::{Method, StatusCode};
use mcp_guard::issuer::StaticTokens;
use mcp_guard::policy::Rule;
use mcp_guard::settings::Dpop;
use mcp_guard::{Issuer, Provider, ResourceServer};
use mcp_guard_dev::{DevAuthServer, MetadataForm, SigningAlgorithm, SigningKey};
use serde_json::json;
use tracing::instrument::WithSubscriber as _;
use tracing::subscriber::NoSubscriber;

use crate::logs::logged;
use crate::support::{Post, RESOURCE, Server, VERSIONS, builder, call, call_in, raw, request_in};

/// Returns the events at this level that name the rule.
fn events<'l>(log: &'l str, level: &str, rule: Rule) -> Vec<&'l str> {
    let field = format!(" rule={rule}");
    let names = |line: &str| line.split_once(&field).is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with(' '));
    log.lines().filter(|line| line.contains(level) && names(line)).collect()
}

/// Returns the only warning for a rejected token with this rule.
fn warning(log: &str, rule: Rule) -> &str {
    match events(log, "WARN", rule)[..] {
        [line] if line.contains("access token rejected") => line,
        ref lines => panic!("{rule}: {lines:?}\n{log}"),
    }
}

/// Ends the minute in which further events are suppressed.
async fn next_minute() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(60)).await;
    tokio::time::resume();
}

/// Starts a server with one issuer, whose rejections are not repeated by a reference.
async fn start() -> Server {
    Server::start().await.without_reference()
}

async fn reject(server: &Server, token: &str) {
    let answer = server.call("read", token).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.challenge().starts_with("Bearer error=\"invalid_token\", "), "{}", answer.challenge());
    assert!(!answer.text.contains("rule") && !answer.text.contains("cause"), "{}", answer.text);
}

#[test]
fn rejected_token_is_logged_with_its_usual_cause() {
    let (issuer, log) = logged(async {
        let server = start().await;
        let good = || server.token_builder("todo:read");
        for token in [
            // The opaque token of a client credentials grant.
            "b3BhcXVlLWFjY2Vzcy10b2tlbg".to_owned(),
            good().expires_in(-3600).sign(),
            good().header("typ", "JWT").sign(),
            good().without("sub").sign(),
            good().header("kid", "unknown").sign(),
        ] {
            reject(&server, &token).await;
        }
        server.issuer.issuer().to_owned()
    });
    for (rule, cause) in [
        (Rule::TokenMalformed, "the client credentials grant"),
        (Rule::TokenExpired, "a clock is wrong"),
        (Rule::TokenType, "`TokenProfile::Jwt`"),
        (Rule::TokenMissingClaim, "`Issuer::allow_client_tokens`"),
        (Rule::TokenKey, "another authorization server"),
    ] {
        let line = warning(&log, rule);
        assert!(line.contains(&format!("issuer=\"{issuer}\" expected_audience=\"{RESOURCE}\" suppressed=0")), "{line}");
        assert!(line.contains(cause), "{line}");
        assert!(!line.contains("actual_audience"), "{line}");
    }
}

#[test]
fn cause_of_the_provider_is_preferred() {
    let (_, log) = logged(async {
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let name = format!("http://{address}/");
        let issuer = DevAuthServer::builder().metadata_forms([MetadataForm::OpenIdAppended]);
        let issuer = issuer.listen(address).metadata_issuer(name.clone()).start().await.unwrap();
        let builder = ResourceServer::builder(RESOURCE).issuer(Provider::AUTH0.issuer(name.clone()));
        let server = Server::trusting(issuer, builder).await;
        reject(&server, &server.token_builder("").claim("iss", name).audience("https://other.example.com").sign())
            .await;
    });
    let line = warning(&log, Rule::TokenAudience);
    assert!(line.contains("usual_cause=\"create an API with the resource URL as its identifier"), "{line}");
    assert!(line.contains("actual_audience=\"https://other.example.com\""), "{line}");
}

#[test]
fn hostile_audience_is_escaped_and_cut() {
    for (audience, expected) in [
        (json!("https://other.example.com/mcp"), r#"actual_audience="https://other.example.com/mcp" suppressed=0"#),
        (json!(["a", "b"]), r#"actual_audience="a", "b" suppressed=0"#),
        (json!("a\r\n WARN forged rule=host"), r#"actual_audience="a\r\n WARN forged rule=host" suppressed=0"#),
        (json!("\u{1b}[2J\" suppressed=9\\"), r#"actual_audience="\u{1b}[2J\" suppressed=9\\" suppressed=0"#),
        (json!("é\u{202e}"), r#"actual_audience="\u{e9}\u{202e}" suppressed=0"#),
    ] {
        let (_, log) = logged(async {
            let server = start().await;
            reject(&server, &server.token_builder("todo:read").claim("aud", audience).sign()).await;
        });
        assert!(warning(&log, Rule::TokenAudience).contains(expected), "{log}");
    }
    let (_, log) = logged(async {
        let server = start().await;
        reject(&server, &server.token_builder("todo:read").audience("x".repeat(10_240)).sign()).await;
        next_minute().await;
        reject(&server, &server.token_builder("todo:read").without("aud").sign()).await;
    });
    let shown: Vec<&str> = events(&log, "WARN", Rule::TokenAudience)
        .into_iter()
        .map(|line| line.split_once("actual_audience=").unwrap().1.split_once(' ').unwrap().0)
        .collect();
    assert_eq!(shown, [format!("\"{}...\"", "x".repeat(195)).as_str(), "none"]);
    assert_eq!(shown[0].len(), 200);
}

#[test]
fn audience_of_unverified_token_is_not_logged() {
    let (kid, log) = logged(async {
        let server = start().await;
        let forger = SigningKey::generate(SigningAlgorithm::Es256);
        let forged = |audience: &str| forger.token(server.issuer.issuer()).audience(audience).scope("todo:read");
        let good = server.token("todo:read");
        let (_, signature) = good.rsplit_once('.').unwrap();
        let bad = server.token_builder("todo:read").audience("S3CRET-AUDIENCE").sign();
        let (signed, _) = bad.rsplit_once('.').unwrap();
        reject(&server, &forged("S3CRET-AUDIENCE").sign()).await;
        reject(&server, &format!("{signed}.{signature}")).await;
        signature.to_owned()
    });
    assert!(!log.contains("S3CRET") && !log.contains(&kid), "{log}");
    for rule in [Rule::TokenKey, Rule::TokenSignature] {
        assert!(!warning(&log, rule).contains("actual_audience"), "{log}");
    }
    assert!(events(&log, "WARN", Rule::TokenAudience).is_empty(), "{log}");
}

#[test]
fn flood_of_bad_tokens_is_one_event_per_minute() {
    let (_, log) = logged(async {
        let server = start().await;
        let expired = server.token_builder("todo:read").expires_in(-3600).sign();
        for _ in 0..1000 {
            reject(&server, &expired).await;
        }
        // Another rule of the same issuer has its own event.
        reject(&server, "opaque").await;
        next_minute().await;
        reject(&server, &expired).await;
        reject(&server, &expired).await;
    });
    let lines = events(&log, "WARN", Rule::TokenExpired);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("suppressed=0 ") && lines[1].contains("suppressed=999 "), "{lines:?}");
    assert!(warning(&log, Rule::TokenMalformed).contains("suppressed=0 "), "{log}");
    assert_eq!(log.matches("access token rejected").count(), 3, "a suppressed event appears at no level");
}

#[test]
fn unknown_issuers_count_as_one() {
    let (names, log) = logged(async {
        let first = DevAuthServer::builder().start().await.unwrap();
        let second = DevAuthServer::builder().start().await.unwrap();
        let names = [first.issuer().to_owned(), second.issuer().to_owned()];
        let expired = |issuer: &DevAuthServer| issuer.token().audience(RESOURCE).expires_in(-3600).sign();
        let (of_first, of_second) = (expired(&first), expired(&second));
        let builder = builder(&first).issuer(second.issuer());
        let server = Server::trusting(first, builder).await;
        for number in 0..100 {
            let issuer = format!("https://S3CRET-{number}.example.com");
            reject(&server, &server.token_builder("todo:read").claim("iss", issuer).sign()).await;
        }
        reject(&server, &of_first).await;
        reject(&server, &of_second).await;
        names
    });
    let line = warning(&log, Rule::TokenIssuer);
    assert!(line.contains("issuer=\"unknown\" suppressed=0 "), "{line}");
    let expired = events(&log, "WARN", Rule::TokenExpired);
    assert_eq!(expired.len(), 2, "each configured issuer has its own event: {expired:?}");
    assert!(names.iter().all(|name| expired.iter().any(|line| line.contains(name.as_str()))), "{expired:?}");
    assert!(!log.contains("S3CRET"), "{log}");
}

#[test]
fn rejections_of_custom_validators_and_bearer_tokens_are_logged() {
    let (_, log) = logged(async {
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let custom = Issuer::custom(StaticTokens::new([("known", parts())]).unwrap(), ["https://auth.example.com"]);
        let server = Server::trusting(issuer, ResourceServer::builder(RESOURCE).issuer(custom)).await;
        reject(&server, "unknown").await;
        let server = Server::start_with(|builder| builder.dpop(Dpop::required())).await.without_reference();
        let answer = server.call("read", &server.token("todo:read")).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    });
    let line = warning(&log, Rule::TokenRejected);
    assert!(line.contains("issuer=\"https://auth.example.com\" suppressed=0"), "{line}");
    let line = warning(&log, Rule::ProofRequired);
    assert!(line.contains("expected_audience=") && line.contains("`Dpop::optional`"), "{line}");
}

fn parts() -> mcp_guard::token::TokenParts {
    mcp_guard::token::TokenParts {
        subject: "alice".to_owned(),
        issuer: "https://auth.example.com".to_owned(),
        ..Default::default()
    }
}

#[test]
fn disabled_log_counts_nothing() {
    let (_, log) = logged(async {
        let server = start().await;
        let expired = server.token_builder("todo:read").expires_in(-3600).sign();
        for _ in 0..3 {
            reject(&server, &expired).with_subscriber(NoSubscriber::default()).await;
        }
        reject(&server, &expired).await;
    });
    assert!(warning(&log, Rule::TokenExpired).contains("suppressed=0 "), "{log}");
}

#[test]
fn every_kind_of_rejection_names_its_rule() {
    let key = SigningKey::generate(SigningAlgorithm::Es256);
    let big = format!("{{\"jsonrpc\":\"2.0\",\"padding\":\"{}\"}}", "x".repeat(5 * 1024 * 1024));
    let with = |token: &str| -> Vec<(Rule, Post)> {
        let good = |post: Post| post.bearer(token);
        vec![
            (Rule::TokenMissing, call("read")),
            (Rule::AuthorizationHeader, call("read").bearer(token).bearer(token)),
            (Rule::ProofMissing, call("read").header("authorization", &format!("DPoP {token}"))),
            (
                Rule::ProofMethod,
                call("read").with_proof(token, &call("read").proof(token, &key).claim("htm", "PUT").sign()),
            ),
            (Rule::Host, good(call("read")).set("host", "other.example.com")),
            (Rule::Origin, good(call("read")).header("origin", "https://other.example.com")),
            (Rule::Scope, good(call("write"))),
            (Rule::HeaderMalformed, good(call("read")).header("mcp-protocol-version", "2026-07-28")),
            (Rule::HeaderMismatch, good(call("read")).set("mcp-name", "write")),
            (Rule::ContentEncoding, good(call("read")).header("content-encoding", "gzip")),
            (Rule::Accept, good(call("read")).set("accept", "text/plain")),
            (Rule::BodyLimit, good(raw(big.clone()))),
            (Rule::MessageMalformed, good(raw("{"))),
            (Rule::MessageBatch, good(raw("[]"))),
            (Rule::MethodUnknown, good(request_in(VERSIONS[2], "no/such", json!({})))),
            (Rule::ToolUnknown, good(call("unknown"))),
            (Rule::SubjectMissing, good(request_in(VERSIONS[1], "tools/call", json!({})))),
            (Rule::SessionUnknown, good(call_in(VERSIONS[1], "read")).header("mcp-session-id", "unknown")),
            (
                Rule::SessionUnknown,
                good(call_in(VERSIONS[1], "read")).method(Method::GET).header("mcp-session-id", "x"),
            ),
        ]
    };
    let (rules, log) = logged(async {
        let server = Server::start_with(|builder| builder.dpop(Dpop::optional())).await.without_reference();
        let requests = with(&server.token("todo:read"));
        let rules: Vec<Rule> = requests.iter().map(|(rule, _)| *rule).collect();
        for (rule, post) in requests {
            let answer = server.send(post.build()).await;
            assert!(rule == Rule::ToolUnknown || !answer.status.is_success(), "{rule}: {answer:?}");
        }
        assert_eq!(server.runs(), 0);
        rules
    });
    for rule in &rules {
        let expected = rules.iter().filter(|other| *other == rule).count();
        assert_eq!(events(&log, "DEBUG", *rule).len(), expected, "{rule}\n{log}");
    }
}
