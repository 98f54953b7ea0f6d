//! Findings 1 and 12: the memory of request bodies.

use std::time::Duration;

use mcp_guard::settings::{Limits, Sessions};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::cancellation::session;
use super::{Listening, eventually, head, read_until};
use crate::support::{Post, VERSIONS, call, call_in, raw, request_in};

/// Sends a request without the last byte of its body.
async fn hold(server: &Listening, post: &Post) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(&head(post, &format!("content-length: {}", post.body.len()))).await.unwrap();
    stream.write_all(&post.body[..post.body.len() - 1]).await.unwrap();
    stream
}

fn padded(post: Post, length: usize) -> Post {
    let mut post = post;
    post.body.resize(length, b' ');
    post
}

#[tokio::test]
async fn bodies_beyond_the_total_budget_get_503() {
    const MIB: usize = 1024 * 1024;
    let server = Listening::start_with(|builder| {
        builder.limits(
            Limits::new()
                .max_body_bytes(MIB)
                .max_total_body_bytes(3 * MIB + MIB / 16)
                .max_unauthenticated_body_bytes(MIB),
        )
    })
    .await;
    let post = |subject| padded(call("read"), MIB).bearer(&server.token(subject));
    let mut held = Vec::new();
    for subject in ["alice", "carol"] {
        held.push(hold(&server, &post(subject)).await);
    }
    // The server must have read these bodies before the next one arrives.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut rejected = 0;
    for subject in ["dave", "erin"] {
        let mut stream = hold(&server, &post(subject)).await;
        let mut buffer = [0; 1024];
        let answer = tokio::time::timeout(Duration::from_millis(500), stream.read(&mut buffer)).await;
        if let Ok(Ok(length)) = answer {
            let text = String::from_utf8_lossy(&buffer[..length]);
            assert!(text.starts_with("HTTP/1.1 503"), "{text}");
            assert!(text.contains("retry-after: 5"), "{text}");
            rejected += 1;
        }
        held.push(stream);
    }
    assert!(rejected >= 1, "four bodies of 1 MiB do not fit");
    assert_eq!(server.send(&call("read").bearer(&server.token("bob"))).await.0, 200, "small bodies still fit");
    for stream in &mut held[..2] {
        stream.write_all(b" ").await.unwrap();
        assert!(read_until(stream, "\r\n\r\n").await.starts_with("HTTP/1.1 200"), "admitted bodies are served");
    }
    drop(held);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.send(&post("dave")).await.0, 200, "the budget is free again");
}

#[tokio::test]
async fn principal_with_large_bodies_leaves_room_for_others() {
    const MIB: usize = 1024 * 1024;
    let server = Listening::start_with(|builder| {
        builder.limits(Limits::new().max_body_bytes(MIB).max_total_body_bytes(4 * MIB))
    })
    .await;
    let large = padded(call("read"), MIB);
    let alice = large.clone().bearer(&server.token("alice"));
    let mut held = Vec::new();
    for _ in 0..4 {
        held.push(hold(&server, &alice).await);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.send(&alice).await.0, 503, "her share of the budget is half");
    assert_eq!(server.send(&large.bearer(&server.token("bob"))).await.0, 200);
    for _ in 0..50 {
        assert_eq!(server.send(&call("read").bearer(&server.token("carol"))).await.0, 200);
    }
}

#[tokio::test]
async fn unauthenticated_bodies_have_a_smaller_budget() {
    let server =
        Listening::start_with(|builder| builder.limits(Limits::new().max_unauthenticated_body_bytes(64 * 1024))).await;
    let _held = hold(&server, &padded(call("read"), 64 * 1024)).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (status, response) = server.send(&padded(call("read"), 8 * 1024)).await;
    assert_eq!(status, 503, "{response}");
    assert!(response.contains("retry-after: 5") && !response.contains("www-authenticate"), "{response}");
    let (status, response) = server.send(&call("read")).await;
    assert_eq!(status, 401, "a small request gets a challenge: {response}");
    assert!(response.contains("resource_metadata="), "{response}");
    let authenticated = padded(call("read"), 8 * 1024).bearer(&server.token("alice"));
    assert_eq!(server.send(&authenticated).await.0, 200);
}

#[tokio::test]
async fn one_byte_chunks_are_accepted() {
    let server = Listening::start().await;
    for (post, expected) in [(call("read"), 401), (call("read").bearer(&server.token("alice")), 200)] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(&head(&post, "transfer-encoding: chunked")).await.unwrap();
        let chunks: Vec<u8> = post.body.iter().flat_map(|byte| [b"1\r\n", &[*byte][..], b"\r\n"].concat()).collect();
        stream.write_all(&chunks).await.unwrap();
        stream.write_all(b"0\r\n\r\n").await.unwrap();
        let response = read_until(&mut stream, "\r\n\r\n").await;
        assert!(response.starts_with(&format!("HTTP/1.1 {expected}")), "{response}");
    }
}

#[tokio::test]
async fn parsed_values_count_toward_the_limit() {
    // 99,000 numbers take 200 kB as text, and 150 times as much after rmcp has parsed them.
    let list = vec![0; 99_000];
    let post =
        |version| request_in(version, "tools/call", serde_json::json!({"name": "read", "arguments": {"a": list}}));
    for version in VERSIONS {
        let small = Listening::start_with(|builder| {
            builder
                .limits(Limits::new().max_body_bytes(1 << 20).max_total_body_bytes(16 << 20))
                .sessions(Sessions::new().legacy(false))
        })
        .await;
        let (status, response) = small.send(&post(version).bearer(&small.token("alice"))).await;
        assert_eq!(status, 413, "the body is always too large: {response}");
        let large = Listening::start_with(|builder| builder.sessions(Sessions::new().legacy(false))).await;
        let (status, response) = large.send(&post(version).bearer(&large.token("alice"))).await;
        assert_eq!(status, 200, "{response}");
    }
}

#[tokio::test]
async fn budget_is_released_after_every_outcome() {
    let server = Listening::start_with(|builder| {
        builder.limits(Limits::new().max_body_bytes(64 << 10).max_total_body_bytes(128 << 10))
    })
    .await;
    let alice = server.token("alice");
    let large = |post: Post| padded(post, 60 << 10);
    let good = large(call("read")).bearer(&alice);
    for (case, post) in [
        ("answered", large(call("read")).bearer(&alice)),
        ("panicked", large(call("broken")).bearer(&alice)),
        ("unknown tool", large(call("none")).bearer(&alice)),
        ("not JSON", large(raw("{")).bearer(&alice)),
        ("rejected", large(call("read"))),
        ("legacy without a session", large(call_in(VERSIONS[0], "read")).bearer(&alice)),
    ] {
        let _ = server.send(&post).await;
        let (status, response) = server.send(&good).await;
        assert_eq!(status, 200, "{case}: {response}");
    }
    drop(hold(&server, &good).await);
    drop(server.open(&large(call("endless")).bearer(&alice)).await);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(server.send(&good).await.0, 200, "disconnected");
}

#[tokio::test]
async fn session_call_holds_its_share_after_a_disconnect() {
    const MIB: usize = 1024 * 1024;
    let limits = Limits::new().max_body_bytes(MIB).max_total_body_bytes(4 * MIB);
    let server = Listening::start_with(|builder| builder.limits(limits)).await;
    let alice = server.token("alice");
    let session = session(&server, VERSIONS[1], &alice).await;
    // Parsed, the arguments take most of the half that one subject can use.
    let arguments = json!({"name": "endless", "arguments": {"list": vec![0; 6000]}});
    let endless = request_in(VERSIONS[1], "tools/call", arguments.clone());
    let client = server.open(&endless.header("mcp-session-id", &session).bearer(&alice)).await;
    eventually("the call runs", || server.misbehaving.running() == 1).await;
    drop(client);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.misbehaving.running(), 1, "a call in a session goes on");
    let read = json!({"name": "read", "arguments": arguments["arguments"]});
    let read = || request_in(VERSIONS[2], "tools/call", read.clone());
    assert_eq!(server.send(&read().bearer(&alice)).await.0, 503);
    assert_eq!(server.send(&read().bearer(&server.token("bob"))).await.0, 200);
}

#[tokio::test]
async fn repeated_protocol_version_is_rejected() {
    let server = Listening::start().await;
    for post in [call("read"), call_in(VERSIONS[1], "read")] {
        let post = post.bearer(&server.token("alice")).header("mcp-protocol-version", VERSIONS[0].0);
        let (status, response) = server.send(&post).await;
        assert_eq!(status, 400, "{response}");
        assert!(response.contains("MCP-Protocol-Version"), "{response}");
    }
}
