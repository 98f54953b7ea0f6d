//! Finding 4: streams and calls whose token is no longer valid.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use http::Method;
use mcp_guard::Issuer;
use mcp_guard::issuer::ClientAuthentication;
use mcp_guard::settings::Sessions;
use mcp_guard_dev::DevAuthServer;
use tokio::net::TcpStream;

use super::{Listening, eventually, read_until};
use crate::support::{RESOURCE, VERSIONS, builder_with, call, call_in, initialize, raw};

const INTERVAL: Duration = Duration::from_millis(300);
/// The interval plus the duration of a validation, with a wide margin for a busy machine.
const BOUND: Duration = Duration::from_secs(10);

/// Opens the event stream of a new session.
async fn stream(server: &Listening, token: &str) -> TcpStream {
    let (status, response) = server.send(&initialize(VERSIONS[1]).bearer(token)).await;
    assert_eq!(status, 200, "{response}");
    let session = response.lines().find_map(|line| line.strip_prefix("mcp-session-id: ")).unwrap();
    let get = raw("").method(Method::GET).set("accept", "text/event-stream").header("mcp-session-id", session);
    let mut stream = server.open(&get.bearer(token).header("connection", "close")).await;
    assert!(read_until(&mut stream, "\r\n\r\n").await.starts_with("HTTP/1.1 200"));
    stream
}

/// Returns whether the stream ends with a complete body within `time`.
async fn ends_within(stream: &mut TcpStream, time: Duration) -> bool {
    use tokio::io::AsyncReadExt as _;
    let mut rest = Vec::new();
    match tokio::time::timeout(time, stream.read_to_end(&mut rest)).await {
        Err(_) => false,
        Ok(read) => {
            read.unwrap();
            let rest = String::from_utf8_lossy(&rest);
            assert!(rest.ends_with("0\r\n\r\n"), "the last chunk is missing: {rest:?}");
            true
        }
    }
}

#[tokio::test]
async fn revocation_ends_streams_and_calls() {
    let revoked = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&revoked);
    let revoke = move |token: &mcp_guard::ValidatedToken| token.subject() == "alice" && asked.load(Ordering::SeqCst);
    let sessions = Sessions::new().stream_check_interval(INTERVAL);
    let server = Listening::start_issuer(|issuer| issuer.revoked(revoke), sessions).await;
    let (alice, bob) = (server.token("alice"), server.token("bob"));
    let (mut hers, mut his) = (stream(&server, &alice).await, stream(&server, &bob).await);
    let mut call = server.open(&call("endless").bearer(&alice)).await;
    eventually("the call runs", || server.misbehaving.running() == 1).await;
    assert!(!ends_within(&mut hers, 3 * INTERVAL).await, "the token is still valid");
    revoked.store(true, Ordering::SeqCst);
    let since = Instant::now();
    assert!(ends_within(&mut hers, BOUND).await);
    let answer = read_until(&mut call, "\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    eventually("the call is dropped", || server.misbehaving.running() == 0).await;
    assert!(since.elapsed() < BOUND);
    assert!(!ends_within(&mut his, 3 * INTERVAL).await, "other principals keep their streams");
}

#[tokio::test]
async fn revocation_ends_session_operations_without_a_client() {
    let revoked = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&revoked);
    let sessions = Sessions::new().stream_check_interval(INTERVAL);
    let server =
        Listening::start_issuer(|issuer| issuer.revoked(move |_| asked.load(Ordering::SeqCst)), sessions).await;
    let alice = server.token("alice");
    let (_, response) = server.send(&initialize(VERSIONS[1]).bearer(&alice)).await;
    let session = response.lines().find_map(|line| line.strip_prefix("mcp-session-id: ")).unwrap().to_owned();
    let client = server.open(&call_in(VERSIONS[1], "endless").header("mcp-session-id", &session).bearer(&alice)).await;
    eventually("the call runs", || server.misbehaving.running() == 1).await;
    drop(client);
    tokio::time::sleep(3 * INTERVAL).await;
    assert_eq!(server.misbehaving.running(), 1, "the token is still valid");
    revoked.store(true, Ordering::SeqCst);
    eventually("the call is dropped", || server.misbehaving.running() == 0).await;
}

#[tokio::test]
async fn withdrawn_key_ends_streams() {
    // Each check fetches the keys, and a busy machine has any number of checks before the key is withdrawn.
    let sessions = Sessions::new().stream_check_interval(INTERVAL);
    let server = Listening::start_issuer(|issuer| issuer.refresh_cool_down(Duration::ZERO), sessions).await;
    let token = server.token("alice");
    let mut stream = stream(&server, &token).await;
    assert!(!ends_within(&mut stream, 3 * INTERVAL).await);
    server.issuer.rotate_key();
    assert!(ends_within(&mut stream, BOUND).await);
}

#[tokio::test]
async fn unreachable_issuer_ends_no_stream() {
    let server =
        Listening::start_with(|builder| builder.sessions(Sessions::new().stream_check_interval(INTERVAL))).await;
    let token = server.token("alice");
    let mut stream = stream(&server, &token).await;
    server.issuer.set_outage(true);
    assert!(!ends_within(&mut stream, 5 * INTERVAL).await);
}

#[tokio::test]
async fn inactive_token_ends_streams_despite_cache() {
    let issuer =
        DevAuthServer::builder().opaque_tokens().resource_server("todo", "S3CRET-of-ours").start().await.unwrap();
    let credentials = ClientAuthentication::secret("todo", "S3CRET-of-ours");
    let builder = builder_with(Issuer::introspection(issuer.issuer(), credentials));
    let builder = builder.sessions(Sessions::new().stream_check_interval(INTERVAL));
    let server = Listening::start_built(issuer, builder).await;
    let opaque = |server: &Listening| {
        server.issuer.opaque_token(server.issuer.token().audience(RESOURCE).subject("alice").scope("todo:read"))
    };
    let (token, other) = (opaque(&server), opaque(&server));
    let (mut hers, mut others) = (stream(&server, &token).await, stream(&server, &other).await);
    assert!(!ends_within(&mut hers, 3 * INTERVAL).await);
    server.issuer.set_outage(true);
    assert!(!ends_within(&mut hers, 4 * INTERVAL).await, "the token cannot be checked, so the stream continues");
    server.issuer.set_outage(false);
    server.issuer.revoke(&token);
    assert!(ends_within(&mut hers, BOUND).await);
    assert!(!ends_within(&mut others, 3 * INTERVAL).await, "other tokens keep their streams");
}
