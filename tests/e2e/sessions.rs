//! Only its owner can use a legacy session.

use http::{Method, StatusCode};
use mcp_guard::settings::Sessions;

use crate::library::Library;
use crate::support::{Runs, Server, VERSIONS, call_in, initialize, raw};

#[tokio::test]
async fn session_is_unknown_to_other_callers() {
    let server = Server::start().await;
    let alice = server.token("todo:read");
    let opened = server.send(initialize(VERSIONS[0]).bearer(&alice).build()).await;
    let session = opened.session().to_owned();
    let other_callers = [
        ("another subject", server.token_builder("todo:read").subject("bob").sign()),
        ("another client", server.token_builder("todo:read").client_id("other").sign()),
    ];
    let stream = |method| {
        raw("")
            .method(method)
            .set("accept", "text/event-stream")
            .header("mcp-protocol-version", VERSIONS[0].0)
            .header("mcp-session-id", &session)
    };
    for (who, token) in &other_callers {
        for (case, post) in [
            ("POST", call_in(VERSIONS[0], "read").header("mcp-session-id", &session)),
            ("GET", stream(Method::GET)),
            ("GET with replay", stream(Method::GET).header("last-event-id", "0")),
            ("DELETE", stream(Method::DELETE)),
        ] {
            let answer = server.send(post.bearer(token).build()).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{case} by {who}: {answer:?}");
            assert!(answer.header("www-authenticate").is_none());
        }
    }
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(server.send(stream(method).build()).await.status, StatusCode::UNAUTHORIZED, "without a token");
    }
    for method in [Method::GET, Method::DELETE] {
        let answer = server.send(stream(method).bearer(&server.token("other")).build()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "the owner with less than the baseline");
    }
    let still =
        server.send(call_in(VERSIONS[0], "read").header("mcp-session-id", &session).bearer(&alice).build()).await;
    assert_eq!(still.status, StatusCode::OK, "the session is still open: {still:?}");
    let closed = server.send(stream(Method::DELETE).bearer(&alice).build()).await;
    assert_eq!(closed.status, StatusCode::ACCEPTED, "the owner can close it");
    let gone =
        server.send(call_in(VERSIONS[0], "read").header("mcp-session-id", &session).bearer(&alice).build()).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert_eq!(server.runs(), 1);
}

#[tokio::test]
async fn invalid_session_id_is_rejected() {
    let server = Server::start().await;
    let alice = server.token("todo:read");
    let opened = server.send(initialize(VERSIONS[0]).bearer(&alice).build()).await;
    let session = opened.session().to_owned();
    let (inner, _) = session.rsplit_once('.').unwrap();
    for id in [inner, "", ".", "made-up", &session[..session.len() - 1], &format!("{session}A")] {
        let answer =
            server.send(call_in(VERSIONS[0], "read").header("mcp-session-id", id).bearer(&alice).build()).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{id:?}");
    }
    let twice = call_in(VERSIONS[0], "read").header("mcp-session-id", &session).header("mcp-session-id", &session);
    assert_eq!(server.send(twice.bearer(&alice).build()).await.status, StatusCode::NOT_FOUND);
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn session_limit_evicts_longest_idle_session() {
    let server = Server::start_with(|builder| builder.sessions(Sessions::new().max(2))).await;
    let token = server.token("todo:read");
    let open = async || server.send(initialize(VERSIONS[0]).bearer(&token).build()).await.session().to_owned();
    let call = async |session: &str| {
        let call = call_in(VERSIONS[0], "read").header("mcp-session-id", session).bearer(&token);
        server.send(call.build()).await.status
    };
    let (first, second) = (open().await, open().await);
    assert_eq!(call(&first).await, StatusCode::OK);
    let third = open().await;
    assert_eq!(call(&second).await, StatusCode::NOT_FOUND, "the session was idle for longest");
    assert_eq!((call(&first).await, call(&third).await), (StatusCode::OK, StatusCode::OK));
    let close = raw("").method(Method::DELETE).header("mcp-session-id", &first).bearer(&token);
    assert_eq!(server.send(close.build()).await.status, StatusCode::ACCEPTED);
    open().await;
    assert_eq!(call(&third).await, StatusCode::OK, "a closed session frees its slot");
}

#[tokio::test]
async fn zero_session_limit_opens_no_session() {
    let server = Server::start_with(|builder| builder.sessions(Sessions::new().max(0))).await;
    let rejected = server.send(initialize(VERSIONS[0]).bearer(&server.token("todo:read")).build()).await;
    assert_eq!(rejected.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(rejected.header("retry-after"), Some("60"));
    assert_eq!(rejected.json()["id"], 7);
    let stateless = Server::start_with(|builder| builder.sessions(Sessions::new().max(0).legacy(false))).await;
    let answer = stateless.send(initialize(VERSIONS[0]).bearer(&stateless.token("todo:read")).build()).await;
    assert_eq!(answer.status, StatusCode::OK, "a server without sessions has no session limit");
}

#[tokio::test]
async fn anonymous_callers_get_no_session() {
    let server = Server::start_mixed().await;
    let answer = server.send(initialize(VERSIONS[0]).build()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.header("mcp-session-id").is_none());
}

#[tokio::test]
async fn session_settings_apply_in_any_order() {
    for sessions in [true, false] {
        let (runs, library) = (Runs::default(), Library::default());
        let before = Server::serve_with(runs.clone(), library.clone(), |builder| {
            builder.sessions(Sessions::new().legacy(sessions)).allow_anonymous()
        });
        let after = Server::serve_with(runs.clone(), library, |builder| {
            builder.allow_anonymous().sessions(Sessions::new().legacy(sessions))
        });
        for server in [before.await, after.await] {
            let answer = server.send(initialize(VERSIONS[0]).build()).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert_eq!(answer.header("mcp-session-id").is_some(), sessions);
        }
    }
}

#[tokio::test]
async fn stream_ends_when_its_token_expires() {
    let server = Server::start().await;
    let token = server.token_builder("todo:read").expires_in(2).sign();
    let session = server.send(initialize(VERSIONS[0]).bearer(&token).build()).await.session().to_owned();
    let stream = raw("").method(Method::GET).set("accept", "text/event-stream").header("mcp-session-id", &session);
    let reading = server.send(stream.bearer(&token).build());
    let read = tokio::time::timeout(std::time::Duration::from_secs(5), reading).await.expect("the stream ends");
    assert_eq!(read.status, StatusCode::OK);
    assert_eq!(read.header("content-type"), Some("text/event-stream"));
}

#[tokio::test]
async fn sessions_are_unknown_after_a_restart() {
    let first = Server::start().await;
    let session =
        first.send(initialize(VERSIONS[0]).bearer(&first.token("todo:read")).build()).await.session().to_owned();
    let second = Server::start().await;
    let post = call_in(VERSIONS[0], "read").header("mcp-session-id", &session);
    let answer = second.send(post.bearer(&second.token("todo:read")).build()).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "clients must open a new session");
}

#[tokio::test]
async fn session_header_is_ignored_since_2026_07_28() {
    let server = Server::start().await;
    let post = call_in(VERSIONS[2], "read").header("mcp-session-id", "made-up");
    let answer = server.send(post.bearer(&server.token("todo:read")).build()).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
}

#[tokio::test]
async fn session_request_is_authorized_by_its_own_token() {
    let server = Server::start().await;
    let high = server.token("todo:write");
    let session = server.send(initialize(VERSIONS[0]).bearer(&high).build()).await.session().to_owned();
    let write = || call_in(VERSIONS[0], "write").header("mcp-session-id", &session);
    let low = server.token("todo:read");
    assert_eq!(server.send(write().bearer(&low).build()).await.status, StatusCode::FORBIDDEN);
    let expired = server.token_builder("todo:write").expires_in(-3600).sign();
    assert_eq!(server.send(write().bearer(&expired).build()).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(server.send(write().build()).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(server.runs(), 0);
}

#[tokio::test]
async fn token_within_leeway_opens_no_lasting_stream() {
    let server = Server::start().await;
    let token = server.token("todo:read");
    let session = server.send(initialize(VERSIONS[0]).bearer(&token).build()).await.session().to_owned();
    let old = server.token_builder("todo:read").expires_in(-10).sign();
    let stream = raw("").method(Method::GET).set("accept", "text/event-stream").header("mcp-session-id", &session);
    let reading = server.send(stream.bearer(&old).build());
    let read = tokio::time::timeout(std::time::Duration::from_secs(5), reading).await.expect("the stream ends");
    assert_eq!(read.status, StatusCode::OK);
}
