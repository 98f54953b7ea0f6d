//! Tokens that are bound to a key of the client (DPoP, RFC 9449).

use std::time::Duration;

use http::Method;
use http::StatusCode;
use mcp_guard::Algorithm;
use mcp_guard::Dpop;
use mcp_guard_dev::SigningAlgorithm;
use mcp_guard_dev::SigningKey;
use serde_json::json;
use tower::ServiceExt as _;

use crate::support::Answer;
use crate::support::METADATA;
use crate::support::Server;
use crate::support::VERSIONS;
use crate::support::Version;
use crate::support::call;
use crate::support::call_in;
use crate::support::initialize;
use crate::support::raw;

const ALGS: &str = "algs=\"ES256 EdDSA Ed25519 PS256\"";

fn key() -> SigningKey {
    SigningKey::generate(SigningAlgorithm::Es256)
}

fn bound(server: &Server, scope: &str, key: &SigningKey) -> String {
    server.token_builder(scope).bound_to(key).sign()
}

async fn optional() -> Server {
    Server::start_with(|builder| builder.dpop(Dpop::optional())).await
}

async fn required() -> Server {
    Server::start_with(|builder| builder.dpop(Dpop::required())).await
}

/// What a refusal to a request with a bound token says.
fn challenge(error: &str, scope: &str, description: &str) -> String {
    format!(
        "DPoP error=\"{error}\", scope=\"{scope}\", resource_metadata=\"{METADATA}\", {ALGS}, error_description=\"{description}\""
    )
}

fn invalid_proof() -> String {
    let description = "The DPoP header does not prove for this request that its sender holds the key";
    challenge("invalid_dpop_proof", "todo:read", description)
}

fn invalid_token() -> String {
    let description = "The access token has expired or is not valid for this server";
    challenge("invalid_token", "todo:read", description)
}

#[tokio::test]
async fn a_bound_token_with_a_proof_gets_through_in_every_revision() {
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

/// Opens a session with a bound token, where the revision has them.
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
async fn every_request_in_a_session_needs_its_own_proof() {
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
    for (what, post) in [
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
        assert_eq!(server.send(post.build()).await.status, StatusCode::UNAUTHORIZED, "{what}");
    }
    assert_eq!(server.runs(), 1);
    let closed = server.send(stream(Method::DELETE).dpop(&token, &key).build()).await;
    assert_eq!(closed.status, StatusCode::ACCEPTED, "its owner may, and nobody did before");
}

#[tokio::test]
async fn a_bad_proof_gets_401_and_no_tool_runs() {
    let server = optional().await;
    let (key, other) = (key(), key());
    let token = bound(&server, "todo:read", &key);
    let another = bound(&server, "todo:read", &key);
    let read = || call("read");
    let good = || read().proof(&token, &key);
    let with = |proof: String| read().with_proof(&token, &proof);
    for (what, post) in [
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
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}");
        assert_eq!(answer.challenge(), invalid_proof(), "{what}");
        let body = answer.json();
        assert_eq!((&body["id"], &body["error"]["code"]), (&json!(7), &json!(401)), "{what}");
        assert_eq!(body["error"]["data"]["error"], "invalid_dpop_proof", "{what}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
    }
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn a_token_and_a_proof_belong_together() {
    let server = optional().await;
    let (key, thief) = (key(), key());
    let token = bound(&server, "todo:read", &key);
    let unbound = server.token("todo:read");
    let expired = server.token_builder("todo:read").bound_to(&key).expires_in(-3600).sign();
    let odd = server.token_builder("todo:read").claim("cnf", json!({"jkt": key.kid(), "kid": "x"})).sign();
    // Seen and cached by its owner first: it is nobody else's for that.
    assert_eq!(server.send(call("read").dpop(&token, &key).build()).await.status, StatusCode::OK);
    for (what, token, key) in [
        ("the proof of a thief's key", &token, &thief),
        ("a proof for a token that is not bound", &unbound, &key),
        ("an expired token", &expired, &key),
        ("bound to more than the key", &odd, &key),
    ] {
        let answer = server.send(call("read").dpop(token, key).build()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}");
        assert_eq!(answer.challenge(), invalid_token(), "{what}");
    }
    let lower = call("read").proof(&token, &key).sign();
    let lower = call("read").header("authorization", &format!("dpop {token}")).header("dpop", &lower);
    assert_eq!(server.send(lower.build()).await.status, StatusCode::OK, "the scheme's case does not matter");
    assert_eq!(server.runs(), 2);
}

#[tokio::test]
async fn a_bound_token_is_no_bearer_token() {
    let (server, required, without) = (optional().await, required().await, Server::start().await);
    let key = key();
    for (what, server) in [("optional", &server), ("required", &required), ("not configured", &without)] {
        let token = bound(server, "todo:read", &key);
        for post in [call("read").bearer(&token), {
            let proof = call("read").proof(&token, &key).sign();
            call("read").bearer(&token).header("dpop", &proof)
        }] {
            let answer = server.send(post.build()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{what}");
            assert!(answer.challenge().contains("error=\"invalid_token\""), "{what}");
        }
        assert_eq!(server.runs(), 0, "{what}");
    }
    // RFC 9449 section 7.2: an unbound token is what it is, whatever header stands beside it.
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
async fn where_no_proofs_are_taken_their_scheme_is_unknown() {
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
    assert_eq!((open.status, open.result_text().as_str()), (StatusCode::OK, "nobody"), "no token, no caller");
    let shut = mixed.send(call("shut").build()).await;
    assert!(shut.challenge().starts_with("DPoP scope=\"todo:read todo:write\", "), "{shut:?}");
    let bad = mixed.send(call("open").bearer(&mixed.token("todo:read")).build()).await;
    assert_eq!(bad.status, StatusCode::UNAUTHORIZED, "whoever presents a token is not taken for anonymous");
}

#[tokio::test]
async fn challenges_name_the_schemes_that_are_taken() {
    let (optional, required) = (optional().await, required().await);
    let key = key();
    let bearer = format!("Bearer scope=\"todo:read\", resource_metadata=\"{METADATA}\"");
    let none = optional.send(call("read").build()).await;
    assert_eq!(none.challenge(), format!("{bearer}, DPoP {ALGS}"), "one header, which begins with Bearer");
    let none = required.send(call("read").build()).await;
    assert_eq!(none.challenge(), format!("DPoP scope=\"todo:read\", resource_metadata=\"{METADATA}\", {ALGS}"));

    let garbage = optional.send(call("read").bearer("garbage").build()).await.challenge().to_owned();
    assert!(garbage.starts_with("Bearer error=\"invalid_token\", scope=\"todo:read\", "), "{garbage}");
    assert!(garbage.ends_with(&format!(", DPoP {ALGS}")), "{garbage}");

    // A 403 is in the scheme of the caller, and in no other.
    let low = optional.send(call("write").bearer(&optional.token("todo:read")).build()).await;
    assert_eq!(
        (low.status, low.challenge()),
        (StatusCode::FORBIDDEN, crate::support::insufficient("todo:read todo:write").as_str())
    );
    for server in [&optional, &required] {
        let low = server.send(call("write").dpop(&bound(server, "todo:read", &key), &key).build()).await;
        let description = "The access token does not hold every scope that this operation needs";
        assert_eq!(low.status, StatusCode::FORBIDDEN);
        assert_eq!(low.challenge(), challenge("insufficient_scope", "todo:read todo:write", description));
    }
    for (server, scheme) in [(&optional, "Bearer"), (&required, "DPoP")] {
        let token = bound(server, "todo:read", &key);
        for post in [
            call("read").dpop(&token, &key).bearer(&token),
            call("read").dpop(&token, &key).header("authorization", &format!("DPoP {token}")),
            call("read").header("authorization", "DPoP a b"),
        ] {
            let answer = server.send(post.build()).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST);
            assert!(answer.challenge().starts_with(&format!("{scheme} error=\"invalid_request\"")), "{answer:?}");
        }
        assert_eq!(server.runs(), 0);
    }
}

#[tokio::test]
async fn the_url_is_the_configured_one_and_not_what_the_host_header_says() {
    let server =
        Server::start_with(|builder| builder.dpop(Dpop::required()).allowed_hosts(["internal.example.com"])).await;
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
    assert_eq!(server.send(query.dpop(&token, &key).build()).await.status, StatusCode::OK, "the query does not count");
}

#[tokio::test]
async fn of_two_requests_with_one_proof_exactly_one_runs() {
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
async fn proofs_of_strangers_are_not_remembered() {
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
    // A proof that was refused with its token is not used up either.
    let proof = call("read").proof(&token, &key).sign();
    let elsewhere = server.send(call("read").with_proof(&bound(&server, "x", &key), &proof).build()).await;
    assert_eq!(elsewhere.status, StatusCode::UNAUTHORIZED);
    assert_eq!(server.send(call("read").with_proof(&token, &proof).build()).await.status, StatusCode::OK);
    assert_eq!(read().await.status, StatusCode::OK);
    // Full: whoever comes now is asked to wait, and what was used stays used.
    let full = read().await;
    assert_eq!(full.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(full.header("www-authenticate").is_none(), "the token is good, and the client must keep it");
    let retry_after: u64 = full.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=71).contains(&retry_after), "{retry_after}");
    let again = server.send(call("read").with_proof(&token, &proof).build()).await;
    assert_eq!((again.status, again.challenge()), (StatusCode::UNAUTHORIZED, invalid_proof().as_str()));
    assert_eq!(server.runs(), 2);
}

#[tokio::test]
async fn a_nonce_is_asked_for_and_handed_out() {
    let server = Server::start_with(|builder| builder.dpop(Dpop::required().nonces(Duration::from_secs(86_400)))).await;
    let key = key();
    let token = bound(&server, "todo:read", &key);
    let asked = server.send(call("read").dpop(&token, &key).build()).await;
    let description = "The DPoP proof needs the nonce that comes with this answer";
    assert_eq!(asked.status, StatusCode::UNAUTHORIZED);
    assert_eq!(asked.challenge(), challenge("use_dpop_nonce", "todo:read", description));
    assert_eq!(asked.json()["error"]["data"]["error"], "use_dpop_nonce");
    let nonce = asked.header("dpop-nonce").unwrap().to_owned();
    let read = |nonce: &str| {
        let proof = call("read").proof(&token, &key).nonce(nonce).sign();
        server.send(call("read").with_proof(&token, &proof).build())
    };
    let made_up = read("made-up").await;
    assert_eq!((made_up.status, made_up.header("dpop-nonce")), (StatusCode::UNAUTHORIZED, Some(nonce.as_str())));
    assert_eq!(server.runs(), 0);
    for _ in 0..2 {
        let answer = read(&nonce).await;
        assert_eq!(answer.status, StatusCode::OK, "one nonce is good for many proofs");
        assert!(answer.header("dpop-nonce").is_none(), "it is still the current one");
    }
    let bad = call("read").proof(&token, &key).nonce(&nonce).without("ath").sign();
    let bad = server.send(call("read").with_proof(&token, &bad).build()).await;
    assert_eq!(bad.challenge(), invalid_proof(), "a nonce does not make a bad proof good");
    assert!(bad.header("dpop-nonce").is_none());
}

#[tokio::test]
async fn who_knows_the_last_nonce_is_told_the_next() {
    let server = Server::start_with(|builder| builder.dpop(Dpop::required().nonces(Duration::from_secs(1)))).await;
    let key = key();
    let token = bound(&server, "todo:read", &key);
    let read = async |tool: &str, nonce: &str| {
        let proof = call(tool).proof(&token, &key).nonce(nonce).sign();
        server.send(call(tool).with_proof(&token, &proof).build()).await
    };
    let mut nonce = String::new();
    // Whether a request falls into the second after its nonce's is the scheduler's business, so each is sent until one does.
    for (tool, status) in [("read", StatusCode::OK), ("write", StatusCode::FORBIDDEN)] {
        loop {
            let answer = read(tool, &nonce).await;
            let next = answer.header("dpop-nonce").map(str::to_owned);
            match (answer.status, next) {
                (StatusCode::UNAUTHORIZED, next) => {
                    assert!(answer.challenge().contains("use_dpop_nonce"), "{answer:?}");
                    nonce = next.unwrap();
                    tokio::time::sleep(Duration::from_millis(700)).await;
                }
                (other, None) => assert_eq!(other, status, "the nonce is the current one"),
                (other, Some(next)) => {
                    assert_eq!(other, status);
                    assert_ne!(next, nonce);
                    break;
                }
            }
        }
    }
}

#[tokio::test]
async fn the_metadata_says_how_bound_tokens_are_taken() {
    let metadata = async |server: &Server| {
        let path = "/.well-known/oauth-protected-resource/mcp";
        server.send(raw("").method(Method::GET).uri(path).build()).await.json()
    };
    let with = metadata(&optional().await).await;
    assert_eq!(with["dpop_signing_alg_values_supported"], json!(["ES256", "EdDSA", "Ed25519", "PS256"]));
    assert_eq!(with["bearer_methods_supported"], json!(["header"]));
    assert!(with.get("dpop_bound_access_tokens_required").is_none());
    let only = Server::start_with(|builder| builder.dpop(Dpop::required().algorithms([Algorithm::Es256]))).await;
    let only = metadata(&only).await;
    assert_eq!(only["dpop_signing_alg_values_supported"], json!(["ES256"]));
    assert_eq!(only["dpop_bound_access_tokens_required"], true);
    assert!(only.get("bearer_methods_supported").is_none());
    let without = metadata(&Server::start().await).await;
    assert!(!without.to_string().contains("dpop"));
}

#[tokio::test]
async fn pages_may_send_proofs_and_read_nonces_where_they_are_taken() {
    for (server, expected) in [(optional().await, true), (Server::start().await, false)] {
        let preflight = raw("")
            .method(Method::OPTIONS)
            .header("origin", "https://app.example.com")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,dpop");
        let answer = server.send(preflight.build()).await;
        let names =
            |answer: &Answer, header: &str, name: &str| answer.header(header).unwrap().split(',').any(|n| n == name);
        assert_eq!(names(&answer, "access-control-allow-headers", "dpop"), expected);
        let answer = server.send(call("read").header("origin", "https://app.example.com").build()).await;
        assert_eq!(names(&answer, "access-control-expose-headers", "dpop-nonce"), expected);
    }
}
