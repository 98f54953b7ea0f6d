//! Requests as clients, gateways and browsers send them.

use http::{Method, StatusCode};
use mcp_guard::ResourceServer;
use mcp_guard::settings::{Dpop, Network, Sessions};
use mcp_guard_dev::DevAuthServer;

use crate::support::{Fixture, METADATA, Post, RESOURCE, Server, VERSIONS, call, call_in, initialize, raw, request_in};

async fn with_sessions(sessions: bool) -> Server {
    Server::start_with(|builder| builder.sessions(Sessions::new().legacy(sessions))).await
}

/// RFC 6750 section 3.1: without authentication information there is no error code.
#[tokio::test]
async fn scheme_without_token_counts_as_no_token() {
    let server = Server::start_with(|builder| builder.dpop(Dpop::optional())).await;
    for value in ["Bearer", "Bearer ", "bearer   ", "DPoP", "DPoP "] {
        let answer = server.send(call("read").header("authorization", value).build()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{value:?}");
        assert!(!answer.challenge().contains("error="), "{value:?}: {answer:?}");
        assert!(answer.challenge().contains(METADATA), "{value:?}: {answer:?}");
    }
    for value in ["Bearer null", "Bearer undefined"] {
        let answer = server.send(call("read").header("authorization", value).build()).await;
        assert!(answer.challenge().contains("invalid_token"), "{value:?}: {answer:?}");
    }
}

fn accepting(post: Post, accept: Option<&str>) -> Post {
    match accept {
        Some(accept) => post.set("accept", accept),
        None => post.without("accept"),
    }
}

#[tokio::test]
async fn accept_needs_only_the_type_of_the_response() {
    let server = with_sessions(true).await;
    let token = server.token("todo:read");
    let session = server.connect(VERSIONS[1], &token).await;
    // Accept, whether JSON is served, whether an event stream is served
    for (accept, json, events) in [
        (None, true, true),
        (Some("*/*"), true, true),
        (Some("application/*, text/*"), true, true),
        (Some("application/json"), true, false),
        (Some("application/json, application/mcp+json"), true, false),
        (Some("text/event-stream"), false, true),
        (Some("text/html"), false, false),
    ] {
        let stateless = accepting(call("read"), accept);
        let in_session = accepting(call_in(VERSIONS[1], "read").within(session.as_ref()), accept);
        for (post, is_served) in [(stateless, json), (in_session, events)] {
            let anonymous = server.send(post.clone().build()).await;
            assert_eq!(anonymous.status, StatusCode::UNAUTHORIZED, "{accept:?}: the token comes first");
            let answer = server.send(post.bearer(&token).build()).await;
            if is_served {
                assert_eq!(answer.status, StatusCode::OK, "{accept:?}: {answer:?}");
                assert_eq!(answer.result_text(), "ran");
            } else {
                assert_eq!(answer.status, StatusCode::NOT_ACCEPTABLE, "{accept:?}: {answer:?}");
                assert_eq!((&answer.json()["id"], &answer.json()["error"]["code"]), (&7.into(), &(-32600).into()));
            }
        }
        let opened = accepting(initialize(VERSIONS[1]), accept).bearer(&token);
        let status = server.send(opened.build()).await.status;
        assert_eq!(status == StatusCode::OK, events, "{accept:?}: initialize is answered by an event stream");
        let told = raw(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#);
        let told = accepting(told.header("mcp-protocol-version", VERSIONS[1].0), accept).within(session.as_ref());
        let status = server.send(told.bearer(&token).build()).await.status;
        assert_eq!(status, StatusCode::ACCEPTED, "{accept:?}: a notification has no response body");
    }
}

#[tokio::test]
async fn streams_need_the_type_of_event_streams() {
    let server = with_sessions(true).await;
    let token = server.token("todo:read");
    let listen = request_in(VERSIONS[2], "subscriptions/listen", serde_json::json!({"notifications": {}}));
    // rmcp opens a session for every `initialize`.
    for (case, post) in [("subscription", listen), ("initialize", initialize(VERSIONS[2]))] {
        let json = server.send(post.clone().set("accept", "application/json").bearer(&token).build()).await;
        assert_eq!(json.status, StatusCode::NOT_ACCEPTABLE, "{case}: {json:?}");
        assert!(json.text.contains("text/event-stream"), "{case}: {json:?}");
        let events = server.send(post.set("accept", "text/event-stream").bearer(&token).build()).await;
        assert_ne!(events.status, StatusCode::NOT_ACCEPTABLE, "{case}: {events:?}");
    }
}

/// The memory of a message is counted before the gate builds anything from it.
#[tokio::test]
async fn dense_message_is_rejected_before_it_is_judged() {
    let server = with_sessions(false).await;
    let token = server.token("todo:read");
    let dense: Vec<_> = (0..49_000).map(|_| serde_json::json!({"": 0})).collect();
    let post = request_in(VERSIONS[2], "tools/call", serde_json::json!({"name": "write", "arguments": {"a": dense}}));
    let answer = server.send(post.bearer(&token).build()).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "not the 403 of the missing scope: {answer:?}");
}

#[tokio::test]
async fn initialize_opens_a_session_despite_a_stale_id() {
    let server = with_sessions(true).await;
    let (alice, bob) = (server.token("todo:read"), server.token_builder("todo:read").subject("bob").sign());
    let of_bob = server.connect(VERSIONS[1], &bob).await.unwrap();
    for stale in ["gone", "a.b", &of_bob, ""] {
        let answer = server.send(initialize(VERSIONS[1]).header("mcp-session-id", stale).bearer(&alice).build()).await;
        assert_eq!(answer.status, StatusCode::OK, "{stale:?}: {answer:?}");
        assert_ne!(answer.session(), stale);
        let used = call_in(VERSIONS[1], "read").header("mcp-session-id", stale).bearer(&alice);
        assert_eq!(server.send(used.build()).await.status, StatusCode::NOT_FOUND, "{stale:?}");
        for method in [Method::GET, Method::DELETE] {
            let stream = raw("").method(method).header("mcp-session-id", stale).bearer(&alice);
            assert_eq!(server.send(stream.build()).await.status, StatusCode::NOT_FOUND, "{stale:?}");
        }
    }
    let own = server.connect(VERSIONS[1], &alice).await.unwrap();
    let again = server.send(initialize(VERSIONS[1]).header("mcp-session-id", &own).bearer(&alice).build()).await;
    assert_ne!(again.session(), own);
    let first = call_in(VERSIONS[1], "read").header("mcp-session-id", &own).bearer(&alice);
    assert_eq!(server.send(first.build()).await.status, StatusCode::OK, "the first session is still open");
}

#[tokio::test]
async fn server_without_sessions_ignores_session_ids() {
    let server = with_sessions(false).await;
    let token = server.token("todo:read");
    for version in VERSIONS {
        for post in [call_in(version, "read"), request_in(version, "tools/list", serde_json::json!({}))] {
            let answer = server.send(post.header("mcp-session-id", "stale").bearer(&token).build()).await;
            assert_eq!(answer.status, StatusCode::OK, "{version:?}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn origins_of_extensions_and_shells_can_be_allowed() {
    let allowed = [
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        "moz-extension://2b6b8b44-0000-4000-8000-000000000000",
        "vscode-webview://x",
        "tauri://localhost",
        "app://obsidian.md",
        "capacitor://localhost",
    ];
    let server = Server::start_with(|builder| builder.network(Network::new().allowed_origins(allowed))).await;
    let token = server.token("todo:read");
    for origin in allowed {
        let answer = server.send(call("read").header("origin", origin).bearer(&token).build()).await;
        assert_eq!(answer.status, StatusCode::OK, "{origin}");
        assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
    }
    for origin in ["chrome-extension://other", "tauri://localhost:1", "null", "TAURI://localhost"] {
        let answer = server.send(call("read").header("origin", origin).bearer(&token).build()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin}");
    }
}

#[tokio::test]
async fn texts_that_are_no_origin_do_not_build() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    for origin in [
        "null",
        "*",
        "chrome-extension://",
        "chrome-extension://x/",
        "chrome-extension://x/page",
        "tauri:localhost",
        "tauri://u@localhost",
        "tauri://localhost?x",
        "file:///",
        "https://h.example/",
        "https://H.example",
        "https://h.example:443",
        "data:text/html,x",
    ] {
        let builder = ResourceServer::builder(RESOURCE).issuer(issuer.issuer());
        let builder = builder.network(Network::new().allowed_origins([origin])).tools(Fixture::default());
        let error = builder.build().await.unwrap_err().to_string();
        assert!(error.contains("allowed_origins"), "{origin}: {error}");
    }
}

/// Fetch, "CORS-preflight fetch": clients send `MCP-Protocol-Version` with discovery, too.
#[tokio::test]
async fn metadata_preflight_allows_every_header() {
    let server = Server::start().await;
    let preflight = raw("")
        .method(Method::OPTIONS)
        .uri("/.well-known/oauth-protected-resource/mcp")
        .header("origin", "https://inspector.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "mcp-protocol-version, x-anything");
    let answer = server.send(preflight.build()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("mcp-protocol-version, x-anything"));
    let foreign = raw("").method(Method::OPTIONS).header("origin", "https://inspector.example");
    let foreign = foreign.header("access-control-request-method", "POST").build();
    assert_eq!(server.send(foreign).await.status, StatusCode::FORBIDDEN, "the endpoint has its own list");
}

#[tokio::test]
async fn encoded_body_is_unsupported() {
    let server = Server::start().await;
    let token = server.token("todo:read");
    for encoding in ["gzip", "br", "identity, gzip", "x", ""] {
        let answer = server.send(call("read").header("content-encoding", encoding).bearer(&token).build()).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{encoding}");
        assert!(answer.json()["error"]["message"].as_str().unwrap().contains("Content-Encoding"));
    }
    let plain = call("read").header("content-encoding", "Identity").bearer(&token);
    assert_eq!(server.send(plain.build()).await.status, StatusCode::OK);
    let anonymous = server.send(call("read").header("content-encoding", "gzip").build()).await;
    assert_eq!(anonymous.status, StatusCode::UNAUTHORIZED, "the token comes first");
}
