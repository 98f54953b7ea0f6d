//! Finding 6: operations whose client has disconnected.

use mcp_guard::settings::Sessions;
use serde_json::json;

use super::{Listening, eventually};
use crate::support::{Post, VERSIONS, Version, call_in, initialize, raw};

pub(super) async fn session(server: &Listening, version: Version, token: &str) -> String {
    let (status, response) = server.send(&initialize(version).bearer(token)).await;
    assert_eq!(status, 200, "{response}");
    response.lines().find_map(|line| line.strip_prefix("mcp-session-id: ")).unwrap().to_owned()
}

fn notification(version: Version, session: &str, body: &serde_json::Value) -> Post {
    raw(body.to_string()).header("mcp-protocol-version", version.0).header("mcp-session-id", session)
}

#[tokio::test]
async fn disconnect_drops_a_stateless_call() {
    for version in VERSIONS {
        let server = Listening::start_with(|builder| builder.sessions(Sessions::new().legacy(false))).await;
        let token = server.token("alice");
        let mut clients = Vec::new();
        for _ in 0..20 {
            clients.push(server.open(&call_in(version, "endless").bearer(&token)).await);
        }
        eventually("all calls run", || server.misbehaving.running() == 20).await;
        drop(clients);
        eventually("no call runs", || server.misbehaving.running() == 0).await;
    }
}

#[tokio::test]
async fn cancelled_call_can_clean_up() {
    let server = Listening::start().await;
    let client = server.open(&call_in(VERSIONS[2], "tidy").bearer(&server.token("alice"))).await;
    eventually("the call runs", || server.misbehaving.running() == 1).await;
    drop(client);
    eventually("the call cleaned up", || server.misbehaving.started() == 101).await;
}

#[tokio::test]
async fn session_call_continues_after_disconnect() {
    let server = Listening::start().await;
    let token = server.token("alice");
    let session = session(&server, VERSIONS[1], &token).await;
    let client = server.open(&call_in(VERSIONS[1], "slow").header("mcp-session-id", &session).bearer(&token)).await;
    eventually("the call runs", || server.misbehaving.running() == 1).await;
    drop(client);
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(server.misbehaving.running(), 1, "disconnection is not cancellation (MCP 2025-11-25, transports)");
    eventually("the call ends", || server.misbehaving.running() == 0).await;
}

#[tokio::test]
async fn cancel_notification_drops_session_call() {
    let server = Listening::start().await;
    let token = server.token("alice");
    let session = session(&server, VERSIONS[1], &token).await;
    let _client = server.open(&call_in(VERSIONS[1], "endless").header("mcp-session-id", &session).bearer(&token)).await;
    eventually("the call runs", || server.misbehaving.running() == 1).await;
    let cancel = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}});
    assert_eq!(server.send(&notification(VERSIONS[1], &session, &cancel).bearer(&token)).await.0, 202);
    eventually("the call is dropped", || server.misbehaving.running() == 0).await;
}

#[tokio::test]
async fn closing_a_session_drops_its_calls() {
    let server = Listening::start().await;
    let token = server.token("alice");
    let session = session(&server, VERSIONS[1], &token).await;
    let client = server.open(&call_in(VERSIONS[1], "endless").header("mcp-session-id", &session).bearer(&token)).await;
    eventually("the call runs", || server.misbehaving.running() == 1).await;
    drop(client);
    let delete = raw("").method(http::Method::DELETE).header("mcp-session-id", &session).bearer(&token);
    assert_eq!(server.send(&delete).await.0, 202);
    eventually("the call is dropped", || server.misbehaving.running() == 0).await;
}
