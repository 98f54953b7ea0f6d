//! Findings 3 and 7: the number of sessions, and request IDs in sessions.

use mcp_guard::settings::Sessions;
use std::collections::BTreeMap;
use std::sync::Arc;

use http::Method;
use serde_json::json;

use super::{Listening, eventually};
use crate::support::{Server, VERSIONS, call_in, initialize, raw, request_in};

/// Returns whether a session exists.
async fn exists(server: &Server, session: &str, token: &str) -> bool {
    let ping = request_in(VERSIONS[1], "ping", json!({})).header("mcp-session-id", session).bearer(token);
    match server.send(ping.build()).await.status.as_u16() {
        200 => true,
        404 => false,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn simultaneous_initialize_requests_keep_the_limit() {
    let server = Arc::new(Server::start_with(|builder| builder.sessions(Sessions::new().max(20))).await);
    let token = server.token("todo:read");
    let requests: Vec<_> = (0..200)
        .map(|_| {
            let (server, token) = (Arc::clone(&server), token.clone());
            tokio::spawn(async move { server.send(initialize(VERSIONS[1]).bearer(&token).build()).await })
        })
        .collect();
    let (mut statuses, mut sessions) = (BTreeMap::<u16, usize>::new(), Vec::new());
    for request in requests {
        let answer = request.await.unwrap();
        *statuses.entry(answer.status.as_u16()).or_default() += 1;
        sessions.extend(answer.header("mcp-session-id").map(str::to_owned));
    }
    assert!(statuses.keys().all(|status| [200, 503].contains(status)), "{statuses:?}");
    let mut open = 0;
    for session in &sessions {
        open += usize::from(exists(&server, session, &token).await);
    }
    assert_eq!(open, 20, "{statuses:?}");
}

#[tokio::test]
async fn principal_with_most_sessions_loses_sessions_first() {
    let server = Server::start_with(|builder| builder.sessions(Sessions::new().max(10))).await;
    let token = |subject: &str| server.token_builder("todo:read").subject(subject).sign();
    let open =
        async |token: &str| server.send(initialize(VERSIONS[1]).bearer(token).build()).await.session().to_owned();
    let (alice, bob) = (token("alice"), token("bob"));
    let mut hers = Vec::new();
    for _ in 0..10 {
        hers.push(open(&alice).await);
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    // Her first session was used again, so the second one is idle for longest.
    assert!(exists(&server, &hers[0], &alice).await);
    let his = open(&bob).await;
    assert!(!exists(&server, &hers[1], &alice).await);
    assert!(exists(&server, &hers[0], &alice).await);
    for _ in 0..20 {
        open(&alice).await;
    }
    assert!(exists(&server, &his, &bob).await, "only her own sessions end");
}

#[tokio::test]
async fn stream_of_an_evicted_session_ends() {
    let server = Listening::start_with(|builder| builder.sessions(Sessions::new().max(1))).await;
    let (alice, bob) = (server.token("alice"), server.token("bob"));
    let (_, response) = server.send(&initialize(VERSIONS[1]).bearer(&alice)).await;
    let session = response.lines().find_map(|line| line.strip_prefix("mcp-session-id: ")).unwrap();
    let stream = raw("").method(Method::GET).set("accept", "text/event-stream").header("mcp-session-id", session);
    let stream = stream.bearer(&alice);
    let reading = server.send(&stream);
    let evicting = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(server.send(&initialize(VERSIONS[1]).bearer(&bob)).await.0, 200);
    };
    let ((status, _), ()) = tokio::join!(reading, evicting);
    assert_eq!(status, 200);
}

#[tokio::test]
async fn rejected_initialize_ends_no_session() {
    let server = Server::start_with(|builder| builder.sessions(Sessions::new().max(1))).await;
    let token = server.token("todo:read");
    let session = server.send(initialize(VERSIONS[1]).bearer(&token).build()).await.session().to_owned();
    let rejected = initialize(VERSIONS[1]).set("accept", "application/json").bearer(&token);
    assert_eq!(server.send(rejected.build()).await.status, 406);
    assert!(exists(&server, &session, &token).await);
}

#[tokio::test]
async fn repeated_request_id_in_a_session_is_rejected() {
    let server = Listening::start().await;
    let token = server.token("alice");
    let (_, response) = server.send(&initialize(VERSIONS[1]).bearer(&token)).await;
    let session = response.lines().find_map(|line| line.strip_prefix("mcp-session-id: ")).unwrap().to_owned();
    let slow = call_in(VERSIONS[1], "slow").header("mcp-session-id", &session).bearer(&token);
    let first = server.send(&slow);
    let second = async {
        eventually("the first call runs", || server.misbehaving.running() == 1).await;
        for _ in 0..128 {
            let (status, response) = server.send(&slow).await;
            assert_eq!(status, 400, "{response}");
            assert!(response.contains("-32600") && response.contains("\"id\":7"), "{response}");
        }
        let other = request_in(VERSIONS[1], "ping", json!({})).header("mcp-session-id", &session).bearer(&token);
        let mut other = other;
        other.body = json!({"jsonrpc": "2.0", "id": 8, "method": "ping"}).to_string().into();
        assert_eq!(server.send(&other).await.0, 200, "another ID");
    };
    let ((status, response), ()) = tokio::join!(first, second);
    assert_eq!(status, 200);
    assert!(response.contains("done"), "{response}");
    assert_eq!(server.misbehaving.started(), 1);
    let again = call_in(VERSIONS[1], "read").header("mcp-session-id", &session).bearer(&token);
    assert_eq!(server.send(&again).await.0, 200, "the ID is free again");
}

#[tokio::test]
async fn request_id_stays_in_use_after_a_disconnect() {
    let server = Listening::start().await;
    let token = server.token("alice");
    let (_, response) = server.send(&initialize(VERSIONS[1]).bearer(&token)).await;
    let session = response.lines().find_map(|line| line.strip_prefix("mcp-session-id: ")).unwrap().to_owned();
    let endless = call_in(VERSIONS[1], "endless").header("mcp-session-id", &session).bearer(&token);
    let client = server.open(&endless).await;
    eventually("the call runs", || server.misbehaving.running() == 1).await;
    drop(client);
    // The server must have noticed that the client is gone.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let (status, response) = server.send(&endless).await;
    assert_eq!(status, 400, "its operation still runs: {response}");
    assert_eq!(server.misbehaving.running(), 1);
}
