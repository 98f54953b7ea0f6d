//! Regression tests for mistakes of other servers. `docs/attacks.md` names them, and lists further tests.
#![expect(deprecated, reason = "revisions before 2026-07-28 include roots")]

use http::StatusCode;
use http_body_util::BodyExt as _;
use mcp_guard::issuer::TokenProfile;
use mcp_guard::prelude::*;
use mcp_guard::settings::Sessions;
use mcp_guard_dev::TokenBuilder;
use rmcp::{ErrorData, Peer, RoleServer};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::support::{
    Post, RESOURCE, Runs, Server, VERSIONS, call, call_in, initialize, insufficient, raw, request_in,
};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Entry {
    list: String,
}

/// Returns the scope of a list.
fn scope_of(entry: &Entry) -> Scope {
    Scope::new(format!("list:{}", entry.list)).unwrap_or(Scope::from_static("list"))
}

#[derive(Clone, Default)]
struct Peers {
    runs: Runs,
}

#[guarded_tools]
impl Peers {
    /// Requires one of two scopes, and the scope of its arguments.
    #[guarded_tool(any_of = ["admin", "todo:audit"], scopes_for = scope_of)]
    fn either(&self, Parameters(entry): Parameters<Entry>) -> String {
        drop(entry);
        self.runs.ran()
    }

    /// Sends a request to the client, and waits for the response.
    #[guarded_tool(scope = "todo:write")]
    async fn ask(&self, peer: Peer<RoleServer>) -> Result<String, ErrorData> {
        let answer = peer.list_roots().await.map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
        self.runs.ran();
        Ok(answer.roots.into_iter().map(|root| root.uri).collect())
    }
}

async fn peers() -> Server {
    let peers = Peers::default();
    Server::serve(peers.runs.clone(), peers).await
}

/// rust-mcp-sdk checks scopes only if the token has the claim.
#[tokio::test]
async fn token_without_scopes_cannot_use_scoped_operations() {
    // Without a baseline, which would reject the token before the requirement of the tool is checked.
    let server = Server::start_with(|builder| builder.baseline([] as [Scope; 0])).await;
    let token = || server.token_builder("todo:read todo:write todo:delete admin");
    for tool in ["read", "write", "delete", "audit"] {
        for (case, token) in [
            ("no claim", token().without("scope")),
            ("a null claim", token().claim("scope", Value::Null)),
            ("an empty text", token().scope("")),
            ("an empty list", token().claim("scope", json!([]))),
            ("another claim", token().without("scope").claim("scp", "todo:read todo:write todo:delete admin")),
        ] {
            let answer = server.call(tool, &token.sign()).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{tool} with {case}");
        }
    }
    assert_eq!(server.runs(), 0);
    let nothing = server.call("who", &token().without("scope").sign()).await;
    assert_eq!(nothing.status, StatusCode::OK, "an operation without scopes requires no claim");
}

/// jsonwebtoken accepts all of these, even with an audience and an issuer in its settings. Many of its users do, too.
#[tokio::test]
async fn claims_accepted_by_jsonwebtoken_are_validated() {
    let server = Server::start().await;
    let good = || server.token_builder("todo:read");
    let tomorrow = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() + 86_400;
    for (case, token) in [
        ("neither audience nor issuer", good().without("aud").without("iss")),
        ("no audience", good().without("aud")),
        ("no issuer", good().without("iss")),
        ("not valid before tomorrow", good().claim("nbf", tomorrow)),
        ("no exp", good().without("exp")),
    ] {
        assert_eq!(server.call("read", &token.sign()).await.status, StatusCode::UNAUTHORIZED, "{case}");
    }
    assert_eq!(server.runs(), 0);
    assert_eq!(server.call("read", &good().sign()).await.status, StatusCode::OK);
}

/// pmcp takes the caller from `X-PMCP-User-*` without a validator; other servers trust the headers of a proxy.
#[tokio::test]
async fn caller_never_comes_from_other_headers() {
    let server = Server::start_mixed().await;
    let claimed = |mut post: Post| {
        for name in [
            "x-pmcp-user-id",
            "x-pmcp-user-scopes",
            "x-user",
            "x-user-id",
            "x-forwarded-user",
            "x-auth-request-user",
            "x-remote-user",
            "remote-user",
            "x-ms-client-principal-id",
            "x-goog-authenticated-user-email",
            "x-amzn-oidc-identity",
            "proxy-authorization",
            "x-forwarded-access-token",
            "x-amzn-oidc-data",
            "x-api-key",
            "cookie",
        ] {
            let good = format!("Bearer {}", server.token("todo:read todo:write"));
            post = post.header(name, if name == "proxy-authorization" { &good } else { "root" });
        }
        post
    };
    assert_eq!(server.send(claimed(call("open")).build()).await.result_text(), "anonymous");
    assert_eq!(server.send(claimed(call("shut")).build()).await.status, StatusCode::UNAUTHORIZED);
    let alice = server.token_builder("todo:read").subject("alice").sign();
    assert_eq!(server.send(claimed(call("open")).bearer(&alice).build()).await.result_text(), "alice");
    assert_eq!(server.send(claimed(call("shut")).bearer(&alice).build()).await.status, StatusCode::FORBIDDEN);
}

/// The Cognito preset of pmcp accepts tokens without an audience, from every app client of the pool.
#[tokio::test]
async fn cognito_token_requires_the_configured_client() {
    for (profile, audience) in
        [(TokenProfile::Rfc9068, RESOURCE), (TokenProfile::Jwt, RESOURCE), (TokenProfile::Jwt, "our-app")]
    {
        let server = Server::start_issuer(|issuer| issuer.token_profile(profile).audience(audience)).await;
        let cognito = |token_use: &str, client: &str| -> TokenBuilder {
            let token = server.token_builder("todo:read").without_header("typ").without("aud");
            token.claim("token_use", token_use).client_id(client)
        };
        // Cognito access tokens have no audience, and ID tokens have neither client nor scope.
        let access = |client| cognito("access", client);
        let id = cognito("id", "").without("client_id").without("scope").audience(audience);
        for (case, token) in [
            ("an access token of another app", access("another-app")),
            ("an access token of the app that the audience names", access("our-app")),
            ("an ID token of the app that the audience names", id),
        ] {
            let answer = server.call("who", &token.sign()).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{case}, {profile:?}, {audience}");
        }
        assert_eq!(server.runs(), 0);
        let good = server.token_builder("todo:read").audience(audience).sign();
        assert_eq!(server.call("who", &good).await.status, StatusCode::OK, "{profile:?}, {audience}");
    }
}

/// Apollo inspects the first 16 KiB of a call, and rejects larger calls with 413.
#[tokio::test]
async fn large_call_is_authorized_like_a_small_call() {
    let server = Server::start_with(|builder| builder.sessions(Sessions::new().legacy(false))).await;
    let (low, full) = (server.token("todo:read"), server.token("todo:write"));
    for version in VERSIONS {
        for size in [17 * 1024, 200 * 1024, 2 * 1024 * 1024] {
            // The name is the last member, which JSON allows.
            let padding = "x".repeat(size);
            let post = || request_in(version, "tools/call", json!({"arguments": {"x": padding}, "name": "write"}));
            let rejected = server.send(post().bearer(&low).build()).await;
            assert_eq!(rejected.status, StatusCode::FORBIDDEN, "{version:?}, {size}");
            assert_eq!(rejected.challenge(), insufficient("todo:read todo:write"));
            let before = server.runs();
            let allowed = server.send(post().bearer(&full).build()).await;
            assert_eq!(allowed.status, StatusCode::OK, "{version:?}, {size}");
            assert_eq!(server.runs(), before + 1);
        }
    }
}

/// Apollo rejects messages without `method` with 400, which includes the responses of clients.
#[tokio::test]
async fn only_the_asked_client_can_respond() {
    let server = peers().await;
    let token = server.token("todo:write");
    let mut hello = initialize(VERSIONS[1]);
    hello.body =
        String::from_utf8(hello.body).unwrap().replace("\"capabilities\":{}", "\"capabilities\":{\"roots\":{}}").into();
    let session = server.send(hello.bearer(&token).build()).await.session().to_owned();
    let within = |post: Post| post.set("mcp-protocol-version", VERSIONS[1].0).header("mcp-session-id", &session);
    let initialized = within(raw(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#));
    assert_eq!(server.send(initialized.bearer(&token).build()).await.status, StatusCode::ACCEPTED);

    let call = within(call_in(VERSIONS[1], "ask")).bearer(&token);
    let mut stream = server.router.clone().oneshot(call.build()).await.unwrap().into_body();
    let asked = loop {
        let event = next_event(&mut stream).await;
        if event["method"] == "roots/list" {
            break event;
        }
    };
    let answer = json!({"jsonrpc": "2.0", "id": asked["id"], "result": {"roots": [{"uri": "file:///mine"}]}});
    let answer = || within(raw(answer.to_string()));
    let other_caller = server.token_builder("todo:write").subject("mallory").sign();
    assert_eq!(server.send(answer().build()).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(server.send(answer().bearer(&other_caller).build()).await.status, StatusCode::NOT_FOUND);
    assert_eq!(server.runs(), 0, "the tool still waits");
    assert_eq!(server.send(answer().bearer(&token).build()).await.status, StatusCode::ACCEPTED);
    let result = next_event(&mut stream).await;
    assert_eq!(result["result"]["content"][0]["text"], "file:///mine", "{result}");
    assert_eq!(server.runs(), 1);
}

/// Returns the next JSON-RPC message of an event stream.
async fn next_event(stream: &mut axum::body::Body) -> Value {
    let mut text = String::new();
    loop {
        let frame = stream.frame().await.expect("the stream continues").unwrap();
        text.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap());
        let message =
            text.lines().filter_map(|line| line.strip_prefix("data:")).find_map(|data| serde_json::from_str(data).ok());
        if let Some(message) = message {
            return message;
        }
    }
}

/// protect-endpoints concatenates the parts of a condition, where `&&` binds before `||`.
#[tokio::test]
async fn any_of_does_not_bypass_other_scopes() {
    let server = peers().await;
    let call =
        |list: &str| request_in(VERSIONS[2], "tools/call", json!({"name": "either", "arguments": {"list": list}}));
    for (granted, allowed) in [
        ("todo:read admin list:home", true),
        ("todo:read todo:audit list:home", true),
        ("todo:read todo:audit admin list:home", true),
        // Single parts of the requirement, and all pairs of the three parts.
        ("todo:read", false),
        ("admin", false),
        ("todo:audit", false),
        ("list:home", false),
        ("admin list:home", false),
        ("todo:audit list:home", false),
        ("todo:read list:home", false),
        ("todo:read admin", false),
        ("todo:read todo:audit admin", false),
        ("todo:read admin list:work", false),
    ] {
        let before = server.runs();
        let answer = server.send(call("home").bearer(&server.token(granted)).build()).await;
        let status = if allowed { StatusCode::OK } else { StatusCode::FORBIDDEN };
        assert_eq!(answer.status, status, "{granted:?}");
        assert_eq!(server.runs(), before + usize::from(allowed), "{granted:?}");
        if !allowed {
            assert_eq!(answer.challenge(), insufficient("admin list:home todo:read"), "{granted:?}");
        }
    }
    assert_eq!(server.send(call("home").build()).await.status, StatusCode::UNAUTHORIZED, "anonymous");
}

/// turbomcp reads `scp` only as a list; other servers read `scope` only as a string.
#[tokio::test]
async fn scope_string_and_list_are_equivalent() {
    let server = Server::start().await;
    for (claim, status) in [
        (json!("todo:read todo:write"), StatusCode::OK),
        (json!(["todo:read", "todo:write"]), StatusCode::OK),
        (json!(["todo:write"]), StatusCode::OK),
        (json!("todo:read"), StatusCode::FORBIDDEN),
        (json!(["todo:read"]), StatusCode::FORBIDDEN),
        (json!(["todo:read todo:write"]), StatusCode::UNAUTHORIZED),
        (json!([["todo:write"]]), StatusCode::UNAUTHORIZED),
    ] {
        let token = server.token_builder("").claim("scope", claim.clone()).sign();
        assert_eq!(server.call("write", &token).await.status, status, "{claim}");
    }
}

/// turbomcp does not escape quotes in its challenge.
#[tokio::test]
async fn client_input_cannot_inject_into_challenges() {
    let server = peers().await;
    let token = server.token("todo:read admin");
    for list in ["\", error=\"none", "\\\", scope=\"", "a\r\nset-cookie: a=b", "a b", "é", ""] {
        let post = request_in(VERSIONS[2], "tools/call", json!({"name": "either", "arguments": {"list": list}}));
        let answer = server.send(post.bearer(&token).build()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{list:?}");
        let scope = if list.is_empty() { "admin list: todo:read" } else { "admin list todo:read" };
        assert_eq!(answer.challenge(), insufficient(scope), "{list:?}");
        assert!(answer.header("set-cookie").is_none(), "{list:?}");
    }
    for text in ["\", scope=\"", "\\", "x\u{7f}y"] {
        let unknown = request_in(VERSIONS[0], "tools/call", json!({"name": text, "arguments": {}}));
        let answer = server.send(unknown.build()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{text:?}");
        let challenge = answer.challenge();
        assert!(challenge.starts_with("Bearer scope=\"todo:read\", resource_metadata=\""), "{challenge}");
        assert_eq!(challenge.matches('"').count(), 4, "{challenge}");
    }
    assert_eq!(server.runs(), 0);
}
