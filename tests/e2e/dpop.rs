//! Tokens that are bound to a key of the client (DPoP, RFC 9449).

use http::{Method, StatusCode};
use mcp_guard::settings::{Dpop, Network};
use mcp_guard_dev::{SigningAlgorithm, SigningKey};
use serde_json::json;
use tower::ServiceExt as _;

use crate::support::{METADATA, Server, VERSIONS, Version, call, call_in, initialize, raw};

pub(crate) const ALGS: &str = "algs=\"ES256 EdDSA Ed25519 PS256\"";

pub(crate) fn key() -> SigningKey {
    SigningKey::generate(SigningAlgorithm::Es256)
}

pub(crate) fn bound(server: &Server, scope: &str, key: &SigningKey) -> String {
    server.token_builder(scope).bound_to(key).sign()
}

pub(crate) async fn optional() -> Server {
    Server::start_with(|builder| builder.dpop(Dpop::optional())).await
}

pub(crate) async fn required() -> Server {
    Server::start_with(|builder| builder.dpop(Dpop::required())).await
}

/// The challenge of a response to a rejected request with a bound token.
pub(crate) fn challenge(error: &str, scope: &str, description: &str) -> String {
    format!(
        "DPoP error=\"{error}\", scope=\"{scope}\", resource_metadata=\"{METADATA}\", {ALGS}, error_description=\"{description}\""
    )
}

pub(crate) fn invalid_proof() -> String {
    let description = "The DPoP proof is missing or not valid for this request";
    challenge("invalid_dpop_proof", "todo:read", description)
}

fn invalid_token() -> String {
    let description = "The access token has expired or is not valid for this server";
    challenge("invalid_token", "todo:read", description)
}

#[tokio::test]
async fn bound_token_with_proof_is_accepted_in_every_revision() {
    let server = optional().await;
    let key = key();
    let token = bound(&server, "todo:read", &key);
    for version in VERSIONS {
        let session = connect(&server, version, &token, &key).await;
        let answer = server.send(call_in(version, "read").within(session.as_ref()).dpop(&token, &key).build()).await;
        assert_eq!((answer.status, answer.result_text().as_str()), (StatusCode::OK, "ran"), "{version:?}");
        assert!(answer.header("dpop-nonce").is_none());
    }
    assert_eq!(server.runs(), 3);
}

/// Opens a session with a bound token, if the revision has sessions.
async fn connect(server: &Server, version: Version, token: &str, key: &SigningKey) -> Option<String> {
    if version.is_stateless() {
        return None;
    }
    let answer = server.send(initialize(version).dpop(token, key).build()).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let session = answer.session().to_owned();
    let initialized = raw(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
        .header("mcp-protocol-version", version.0)
        .header("mcp-session-id", &session)
        .dpop(token, key);
    assert_eq!(server.send(initialized.build()).await.status, StatusCode::ACCEPTED);
    Some(session)
}

#[tokio::test]
async fn session_request_requires_its_own_proof() {
    let server = optional().await;
    let (key, other) = (key(), key());
    let token = bound(&server, "todo:read", &key);
    let session = connect(&server, VERSIONS[1], &token, &key).await;
    let read = || call_in(VERSIONS[1], "read").within(session.as_ref());
    let stream = |method| {
        let post = raw("").method(method).set("accept", "text/event-stream");
        post.header("mcp-protocol-version", VERSIONS[1].0).within(session.as_ref())
    };
    let used = read().proof(&token, &key).sign();
    assert_eq!(server.send(read().with_proof(&token, &used).build()).await.status, StatusCode::OK);
    for (case, post) in [
        ("no proof", read().header("authorization", &format!("DPoP {token}"))),
        ("the proof of the last request", read().with_proof(&token, &used)),
        ("the proof of another key", read().dpop(&token, &other)),
        ("the proof of a POST", {
            let proof = read().proof(&token, &key).sign();
            stream(Method::DELETE).with_proof(&token, &proof)
        }),
        ("as a bearer token", read().bearer(&token)),
        ("as a bearer token, to close it", stream(Method::DELETE).bearer(&token)),
    ] {
        assert_eq!(server.send(post.build()).await.status, StatusCode::UNAUTHORIZED, "{case}");
    }
    assert_eq!(server.runs(), 1);
    let closed = server.send(stream(Method::DELETE).dpop(&token, &key).build()).await;
    assert_eq!(closed.status, StatusCode::ACCEPTED, "the owner can close it, and no other caller did before");
}

#[tokio::test]
async fn invalid_proof_gets_401_and_runs_no_tool() {
    let server = optional().await;
    let (key, other) = (key(), key());
    let token = bound(&server, "todo:read", &key);
    let another = bound(&server, "todo:read", &key);
    let read = || call("read");
    let good = || read().proof(&token, &key);
    let with = |proof: String| read().with_proof(&token, &proof);
    for (case, post) in [
        ("none", read().header("authorization", &format!("DPoP {token}"))),
        ("garbage", with("garbage".to_owned())),
        ("two", with(good().sign()).header("dpop", &good().sign())),
        ("for GET", with(good().claim("htm", "GET").sign())),
        ("for another path", with(good().claim("htu", "https://todo.example.com/other").sign())),
        ("for another server", with(good().claim("htu", "https://evil.example.com/mcp").sign())),
        ("old", with(good().issued_at(1_000_000_000).sign())),
        ("for another token", with(good().access_token(&another).sign())),
        ("unsigned", with(good().header("alg", "none").sign())),
        ("of a key that did not sign", with(good().header("jwk", other.public_jwk()).sign())),
    ] {
        let answer = server.send(post.build()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{case}");
        assert_eq!(answer.challenge(), invalid_proof(), "{case}");
        let body = answer.json();
        assert_eq!((&body["id"], &body["error"]["code"]), (&json!(7), &json!(401)), "{case}");
        assert_eq!(body["error"]["data"]["error"], "invalid_dpop_proof", "{case}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{case}");
    }
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn proof_must_match_the_token() {
    let server = optional().await;
    let (key, thief) = (key(), key());
    let token = bound(&server, "todo:read", &key);
    let unbound = server.token("todo:read");
    let expired = server.token_builder("todo:read").bound_to(&key).expires_in(-3600).sign();
    let odd = server.token_builder("todo:read").claim("cnf", json!({"jkt": key.kid(), "kid": "x"})).sign();
    // The owner uses the token first, so it is cached. The cache entry must not help other callers.
    assert_eq!(server.send(call("read").dpop(&token, &key).build()).await.status, StatusCode::OK);
    for (case, token, key) in [
        ("the proof of a thief's key", &token, &thief),
        ("a proof for a token that is not bound", &unbound, &key),
        ("an expired token", &expired, &key),
        ("bound to more than the key", &odd, &key),
    ] {
        let answer = server.send(call("read").dpop(token, key).build()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{case}");
        assert_eq!(answer.challenge(), invalid_token(), "{case}");
    }
    let lower = call("read").proof(&token, &key).sign();
    let lower = call("read").header("authorization", &format!("dpop {token}")).header("dpop", &lower);
    assert_eq!(server.send(lower.build()).await.status, StatusCode::OK, "the scheme's case does not matter");
    assert_eq!(server.runs(), 2);
}

#[tokio::test]
async fn bound_token_is_rejected_as_bearer_token() {
    let (server, required, without) = (optional().await, required().await, Server::start().await);
    let key = key();
    for (case, server) in [("optional", &server), ("required", &required), ("not configured", &without)] {
        let token = bound(server, "todo:read", &key);
        for post in [call("read").bearer(&token), {
            let proof = call("read").proof(&token, &key).sign();
            call("read").bearer(&token).header("dpop", &proof)
        }] {
            let answer = server.send(post.build()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{case}");
            assert!(answer.challenge().contains("error=\"invalid_token\""), "{case}");
        }
        assert_eq!(server.runs(), 0, "{case}");
    }
    // RFC 9449 section 7.2: an additional DPoP header does not change an unbound token.
    let unbound = server.token("todo:read");
    for proof in [call("read").proof(&unbound, &key).sign(), "garbage".to_owned()] {
        let answer = server.send(call("read").bearer(&unbound).header("dpop", &proof).build()).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    let unbound = required.token("todo:read");
    let proof = call("read").proof(&unbound, &key).sign();
    for post in [call("read").bearer(&unbound), call("read").bearer(&unbound).header("dpop", &proof)] {
        let answer = required.send(post.build()).await;
        assert_eq!((answer.status, answer.challenge()), (StatusCode::UNAUTHORIZED, invalid_token().as_str()));
    }
    assert_eq!(required.runs(), 0);
}

#[tokio::test]
async fn dpop_scheme_is_unknown_when_disabled() {
    let server = Server::start().await;
    let key = key();
    for token in [bound(&server, "todo:read", &key), server.token("todo:read")] {
        let answer = server.send(call("read").dpop(&token, &key).build()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.challenge(), format!("Bearer scope=\"todo:read\", resource_metadata=\"{METADATA}\""));
    }
    let mixed = Server::start_mixed_with(|builder| builder.dpop(Dpop::required())).await;
    let alone = call("open").proof("", &key).sign();
    let open = mixed.send(call("open").header("dpop", &alone).build()).await;
    assert_eq!((open.status, open.result_text().as_str()), (StatusCode::OK, "anonymous"), "no token, no caller");
    let shut = mixed.send(call("shut").build()).await;
    assert!(shut.challenge().starts_with("DPoP scope=\"todo:read todo:write\", "), "{shut:?}");
    let bad = mixed.send(call("open").bearer(&mixed.token("todo:read")).build()).await;
    assert_eq!(bad.status, StatusCode::UNAUTHORIZED, "a caller with a token is not anonymous");
}

#[tokio::test]
async fn proof_url_ignores_the_host_header() {
    let server = Server::start_with(|builder| {
        builder.dpop(Dpop::required()).network(Network::new().allowed_hosts(["internal.example.com"]))
    })
    .await;
    let key = key();
    let token = bound(&server, "todo:read", &key);
    let internal = || call("read").set("host", "internal.example.com");
    for (url, status) in [
        ("https://todo.example.com/mcp", StatusCode::OK),
        ("HTTPS://TODO.EXAMPLE.COM:443/m%63p?x=1#y", StatusCode::OK),
        ("https://internal.example.com/mcp", StatusCode::UNAUTHORIZED),
        ("http://todo.example.com/mcp", StatusCode::UNAUTHORIZED),
    ] {
        let proof = internal().proof(&token, &key).claim("htu", url).sign();
        let forwarded = internal()
            .header("x-forwarded-host", "internal.example.com")
            .header("x-forwarded-proto", "http")
            .header("forwarded", "host=internal.example.com;proto=http");
        for post in [internal(), forwarded] {
            let proof =
                if status.is_success() { post.proof(&token, &key).claim("htu", url).sign() } else { proof.clone() };
            assert_eq!(server.send(post.with_proof(&token, &proof).build()).await.status, status, "{url}");
        }
    }
    let query = call("read").uri("/mcp?x=1");
    assert_eq!(server.send(query.dpop(&token, &key).build()).await.status, StatusCode::OK, "the query is ignored");
}

#[tokio::test]
async fn concurrent_proof_reuse_runs_only_one_request() {
    let server = required().await;
    let key = key();
    let token = bound(&server, "todo:read", &key);
    for round in 1..=20 {
        let proof = call("read").proof(&token, &key).sign();
        let send = || {
            let (router, request) = (server.router.clone(), call("read").with_proof(&token, &proof).build());
            tokio::spawn(async move { router.oneshot(request).await.unwrap().status() })
        };
        let (first, second) = (send(), send());
        let mut statuses = [first.await.unwrap(), second.await.unwrap()];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::OK, StatusCode::UNAUTHORIZED]);
        assert_eq!(server.runs(), round);
    }
}

#[tokio::test]
async fn unauthenticated_proofs_are_not_stored() {
    let server = Server::start_with(|builder| builder.dpop(Dpop::required().max_proofs(2))).await;
    let (key, thief) = (key(), key());
    let token = bound(&server, "todo:read", &key);
    for _ in 0..5 {
        for (token, key) in [("garbage", &thief), (token.as_str(), &thief)] {
            let answer = server.send(call("read").dpop(token, key).build()).await;
            assert_eq!((answer.status, answer.challenge()), (StatusCode::UNAUTHORIZED, invalid_token().as_str()));
        }
    }
    let read = || async { server.send(call("read").dpop(&token, &key).build()).await };
    // A proof that was rejected together with its token is not consumed.
    let proof = call("read").proof(&token, &key).sign();
    let elsewhere = server.send(call("read").with_proof(&bound(&server, "x", &key), &proof).build()).await;
    assert_eq!(elsewhere.status, StatusCode::UNAUTHORIZED);
    assert_eq!(server.send(call("read").with_proof(&token, &proof).build()).await.status, StatusCode::OK);
    assert_eq!(read().await.status, StatusCode::OK);
    // The store is full: new callers must retry later, and used proofs stay used.
    let full = read().await;
    assert_eq!(full.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(full.header("www-authenticate").is_none(), "the token is valid, and the client must keep it");
    let retry_after: u64 = full.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=71).contains(&retry_after), "{retry_after}");
    let again = server.send(call("read").with_proof(&token, &proof).build()).await;
    assert_eq!((again.status, again.challenge()), (StatusCode::UNAUTHORIZED, invalid_proof().as_str()));
    assert_eq!(server.runs(), 2);
}
