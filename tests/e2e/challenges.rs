//! The exact 401 and 403 responses.

use http::StatusCode;
use mcp_guard::settings::Disclosure;

use crate::support::{METADATA, Server, call, insufficient, raw};

const NO_TOKEN: &str = "Access token required";

#[tokio::test]
async fn missing_token_challenge_has_scope_and_no_error() {
    let server = Server::start().await;
    for (tool, scope) in [
        ("read", "todo:read"),
        ("write", "todo:read todo:write"),
        ("delete", "todo:delete todo:read todo:write"),
        ("audit", "admin todo:read"),
        ("who", "todo:read"),
        ("unknown", "todo:read"),
    ] {
        let answer = server.send(call(tool).build()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.challenge(), format!("Bearer scope=\"{scope}\", resource_metadata=\"{METADATA}\""), "{tool}");
        let body = answer.json();
        assert_eq!(body["id"], 7);
        assert_eq!(body["error"]["message"], NO_TOKEN);
        assert_eq!(body["error"]["code"], 401);
        assert_eq!(body["error"]["data"]["scope"], scope);
    }
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn tool_scopes_can_be_hidden_from_anonymous_callers() {
    let server = Server::start_with(|builder| builder.disclosure(Disclosure::new().hide_requirements())).await;
    for (post, error) in [(call("write"), ""), (call("write").bearer("garbage"), "error=\"invalid_token\", ")] {
        let answer = server.send(post.build()).await;
        assert!(answer.challenge().starts_with(&format!("Bearer {error}scope=\"todo:read\", ")), "{answer:?}");
    }
    let mixed = Server::start_mixed_with(|builder| builder.disclosure(Disclosure::new().hide_requirements())).await;
    let answer = mixed.send(call("shut").build()).await;
    assert_eq!(answer.challenge(), format!("Bearer scope=\"todo:read\", resource_metadata=\"{METADATA}\""));
    let known = server.call("write", &server.token("todo:read")).await;
    assert!(
        known.challenge().contains("scope=\"todo:read todo:write\""),
        "an authenticated caller gets the required scopes"
    );
}

#[tokio::test]
async fn unreadable_body_is_challenged_for_the_baseline() {
    let server = Server::start().await;
    let mut long = call("write").body;
    long.resize(100_000, b' ');
    for body in [b"".to_vec(), b"garbage".to_vec(), b"[]".to_vec(), long] {
        let answer = server.send(raw(body).build()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.challenge(), format!("Bearer scope=\"todo:read\", resource_metadata=\"{METADATA}\""));
        assert!(answer.json()["id"].is_null());
    }
}

#[tokio::test]
async fn every_bad_token_gets_the_same_answer() {
    let server = Server::start().await;
    let good = || server.token_builder("todo:read todo:write");
    let tampered = {
        let token = good().sign();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let flipped = if signature.starts_with('A') { 'B' } else { 'A' };
        format!("{signed}.{flipped}{}", &signature[1..])
    };
    let mut answers = Vec::new();
    for (case, token) in [
        ("garbage", "garbage".to_owned()),
        ("signature", tampered),
        ("expired", good().expires_in(-3600).sign()),
        ("other audience", good().audience("https://other.example.com/mcp").sign()),
        ("no audience", good().without("aud").sign()),
        ("other issuer", good().claim("iss", "https://evil.example.com").sign()),
        ("typ", good().header("typ", "JWT").sign()),
        ("alg none", good().header("alg", "none").sign()),
        ("crit", good().header("crit", serde_json::json!(["x"])).sign()),
        ("cnf", good().claim("cnf", serde_json::json!({"jkt": "x"})).sign()),
        ("kid", good().header("kid", "unknown").sign()),
        ("no exp", good().without("exp").sign()),
    ] {
        let answer = server.call("write", &token).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{case}");
        assert_eq!(
            answer.challenge(),
            format!(
                "Bearer error=\"invalid_token\", scope=\"todo:read todo:write\", resource_metadata=\"{METADATA}\", error_description=\"The access token has expired or is not valid for this server\""
            ),
            "{case}"
        );
        answers.push(answer.text);
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "the body depends on the broken rule");
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn insufficient_scope_gets_403_with_all_required_scopes() {
    let server = Server::start().await;
    for (tool, granted, scope) in [
        ("write", "todo:read", "todo:read todo:write"),
        ("delete", "todo:read", "todo:delete todo:read todo:write"),
        ("delete", "todo:write", "todo:delete todo:read todo:write"),
        ("delete", "todo:delete todo:read", "todo:delete todo:read todo:write"),
        ("audit", "todo:read", "admin todo:read"),
        ("audit", "admin", "admin todo:read"),
        ("read", "", "todo:read"),
        ("who", "", "todo:read"),
        ("write", "todo", "todo:read todo:write"),
        ("write", "todo:*", "todo:read todo:write"),
        ("write", "TODO:WRITE", "todo:read todo:write"),
    ] {
        let answer = server.call(tool, &server.token(granted)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{tool} with {granted}");
        assert_eq!(answer.challenge(), insufficient(scope), "{tool} with {granted}");
        let body = answer.json();
        assert_eq!(body["id"], 7);
        assert_eq!(body["error"]["code"], 403);
        assert_eq!(body["error"]["data"]["error"], "insufficient_scope");
    }
    let no_claim = server.token_builder("x").without("scope").sign();
    assert_eq!(server.call("read", &no_claim).await.status, StatusCode::FORBIDDEN, "no scope claim at all");
    assert_eq!(server.runs(), 0, "a rejected call ran");
}

#[tokio::test]
async fn sufficient_scope_is_accepted() {
    let server = Server::start().await;
    for (tool, granted) in [
        ("read", "todo:read"),
        ("read", "todo:write"),
        ("write", "todo:write"),
        ("delete", "todo:write todo:delete"),
        ("audit", "todo:read todo:audit"),
        ("audit", "todo:read admin"),
        ("who", "todo:write"),
    ] {
        let answer = server.call(tool, &server.token(granted)).await;
        assert_eq!(answer.status, StatusCode::OK, "{tool} with {granted}: {answer:?}");
        assert!(answer.json()["result"]["isError"] != true, "{answer:?}");
    }
    assert_eq!(server.runs(), 7);
}

#[tokio::test]
async fn token_requires_a_single_authorization_header() {
    let server = Server::start().await;
    let token = server.token("todo:read");
    let in_query = server.send(call("read").uri(&format!("/mcp?access_token={token}")).build()).await;
    assert_eq!(in_query.status, StatusCode::UNAUTHORIZED);
    assert!(!in_query.challenge().contains("error="), "an ignored token counts as missing credentials");

    let both = server.send(call("read").uri("/mcp?access_token=garbage").bearer(&token).build()).await;
    assert_eq!(both.status, StatusCode::OK, "the query is ignored");

    for post in [
        call("read").bearer(&token).bearer(&token),
        call("read").bearer("a b"),
        call("read").header("authorization", &format!("Bearer {token}, Bearer {token}")),
    ] {
        let answer = server.send(post.build()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.challenge().starts_with("Bearer error=\"invalid_request\""));
    }
    let lower = server.send(call("read").header("authorization", &format!("bearer {token}")).build()).await;
    assert_eq!(lower.status, StatusCode::OK, "the scheme's case does not matter");
    let basic = server.send(call("read").header("authorization", "Basic dTpw").build()).await;
    assert_eq!(basic.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn issuer_outage_gets_503_instead_of_401() {
    let server = Server::start().await;
    server.issuer.add_key();
    server.issuer.set_outage(true);
    let answer = server.call("read", &server.token("todo:read")).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.header("www-authenticate").is_none());
    assert!(answer.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
    assert_eq!(server.runs(), 0);

    let mixed = Server::start_mixed().await;
    mixed.issuer.add_key();
    mixed.issuer.set_outage(true);
    let open = mixed.call("open", &mixed.token("todo:read")).await;
    assert_eq!(open.status, StatusCode::SERVICE_UNAVAILABLE, "a caller with a token is not anonymous");
}

#[tokio::test]
async fn authenticated_responses_are_not_cacheable() {
    let server = Server::start().await;
    let answer = server.call("read", &server.token("todo:read")).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let vary: Vec<&str> = answer.headers.get_all("vary").iter().map(|v| v.to_str().unwrap()).collect();
    assert!(vary.contains(&"authorization"), "{vary:?}");
    let rejected = server.call("write", &server.token("todo:read")).await;
    assert_eq!(rejected.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn unknown_tool_is_a_protocol_error() {
    let server = Server::start().await;
    let answer = server.call("unknown", &server.token("todo:read")).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["error"]["code"], -32602);
}

#[tokio::test]
async fn only_public_tools_accept_missing_token() {
    let server = Server::start_mixed().await;
    let open = server.send(call("open").build()).await;
    assert_eq!((open.status, open.result_text().as_str()), (StatusCode::OK, "anonymous"));
    let known = server.call("open", &server.token_builder("").subject("alice").sign()).await;
    assert_eq!((known.status, known.result_text().as_str()), (StatusCode::OK, "alice"));

    let bad = server.call("open", "garbage").await;
    assert_eq!(bad.status, StatusCode::UNAUTHORIZED, "an invalid token is rejected even if no token is required");

    let shut = server.send(call("shut").build()).await;
    assert_eq!(shut.status, StatusCode::UNAUTHORIZED);
    assert_eq!(shut.challenge(), format!("Bearer scope=\"todo:read todo:write\", resource_metadata=\"{METADATA}\""));
    assert_eq!(server.call("shut", &server.token("todo:read")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(server.call("shut", &server.token("todo:write")).await.status, StatusCode::OK);
    assert_eq!(server.runs(), 3);
}

#[tokio::test]
async fn configured_audience_replaces_the_resource() {
    let server = Server::start_issuer(|issuer| issuer.audience("api")).await;
    let other = server.issuer.token().audience("api").scope("todo:read").sign();
    assert_eq!(server.call("read", &other).await.status, StatusCode::OK);
    assert_eq!(server.call("read", &server.token("todo:read")).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn error_responses_are_not_cacheable() {
    let server = Server::start().await;
    for post in [
        call("read"),
        call("read").bearer("garbage"),
        call("read").bearer("a b"),
        call("read").set("host", "evil.example.com"),
    ] {
        assert_eq!(server.send(post.build()).await.header("cache-control"), Some("no-store"));
    }
}
