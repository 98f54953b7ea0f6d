//! The responses about bound tokens: challenges, nonces, metadata and CORS.

use std::time::Duration;

use http::{Method, StatusCode};
use mcp_guard::issuer::Algorithm;
use mcp_guard::settings::Dpop;
use serde_json::json;

use crate::dpop::{ALGS, bound, challenge, invalid_proof, key, optional, required};
use crate::support::{Answer, METADATA, Server, call, insufficient, raw};

#[tokio::test]
async fn challenge_lists_accepted_schemes() {
    let (optional, required) = (optional().await, required().await);
    let key = key();
    let bearer = format!("Bearer scope=\"todo:read\", resource_metadata=\"{METADATA}\"");
    let none = optional.send(call("read").build()).await;
    assert_eq!(none.challenge(), format!("{bearer}, DPoP {ALGS}"), "one header that starts with Bearer");
    let none = required.send(call("read").build()).await;
    assert_eq!(none.challenge(), format!("DPoP scope=\"todo:read\", resource_metadata=\"{METADATA}\", {ALGS}"));

    let garbage = optional.send(call("read").bearer("garbage").build()).await.challenge().to_owned();
    assert!(garbage.starts_with("Bearer error=\"invalid_token\", scope=\"todo:read\", "), "{garbage}");
    assert!(garbage.ends_with(&format!(", DPoP {ALGS}")), "{garbage}");

    // A 403 contains only the scheme of the caller.
    let low = optional.send(call("write").bearer(&optional.token("todo:read")).build()).await;
    assert_eq!((low.status, low.challenge()), (StatusCode::FORBIDDEN, insufficient("todo:read todo:write").as_str()));
    for server in [&optional, &required] {
        let low = server.send(call("write").dpop(&bound(server, "todo:read", &key), &key).build()).await;
        let description = "The access token lacks a required scope";
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
async fn metadata_describes_bound_tokens() {
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
async fn cors_allows_proofs_and_nonces_when_enabled() {
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
#[tokio::test]
async fn nonce_is_required_and_returned() {
    let server = Server::start_with(|builder| builder.dpop(Dpop::required().nonces(Duration::from_secs(86_400))))
        .await
        .without_reference();
    let key = key();
    let token = bound(&server, "todo:read", &key);
    let asked = server.send(call("read").dpop(&token, &key).build()).await;
    let description = "The DPoP proof must contain the nonce from this response";
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
        assert_eq!(answer.status, StatusCode::OK, "a nonce is valid for many proofs");
        assert!(answer.header("dpop-nonce").is_none(), "the nonce is still the current one");
    }
    let bad = call("read").proof(&token, &key).nonce(&nonce).without("ath").sign();
    let bad = server.send(call("read").with_proof(&token, &bad).build()).await;
    assert_eq!(bad.challenge(), invalid_proof(), "a nonce does not make an invalid proof valid");
    assert!(bad.header("dpop-nonce").is_none());
}

#[tokio::test]
async fn stale_nonce_response_contains_the_next_nonce() {
    let server = Server::start_with(|builder| builder.dpop(Dpop::required().nonces(Duration::from_secs(1))))
        .await
        .without_reference();
    let key = key();
    let token = bound(&server, "todo:read", &key);
    let read = async |tool: &str, nonce: &str| {
        let proof = call(tool).proof(&token, &key).nonce(nonce).sign();
        server.send(call(tool).with_proof(&token, &proof).build()).await
    };
    let mut nonce = String::new();
    // The timing decides whether a request arrives in the second after its nonce, so repeat until it does.
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
