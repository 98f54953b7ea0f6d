//! Measures the time from a revocation to the end of each of 500 open streams, over sockets.
//!
//! `cargo bench -p mcp-guard --bench revocation`. Each round opens a legacy session with an event stream per connection,
//! and revokes their subject by the admin route. The streams of another subject must stay open.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should panic")]

use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use mcp_guard::ResourceServer;
use mcp_guard::prelude::*;
use mcp_guard::revocation::Revocations;
use mcp_guard::settings::{Connections, Sessions};
use mcp_guard_dev::DevAuthServer;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const STREAMS: usize = 500;
const OTHERS: usize = 20;
const ROUNDS: usize = 5;
const VERSION: &str = "2025-11-25";
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Clock;

#[guarded_tools]
impl Clock {
    /// Tell the time.
    #[guarded_tool(authenticated)]
    fn time(&self) -> String {
        "now".to_owned()
    }
}

fn main() {
    // `cargo test --benches` runs it with this argument.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    tokio::runtime::Runtime::new().unwrap().block_on(run());
}

async fn run() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let resource = format!("http://{address}/mcp");
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let day = Duration::from_secs(24 * 60 * 60);
    let server = ResourceServer::builder(&resource)
        .issuer(issuer.issuer())
        .revocations(Revocations::new(day).admin_route("/admin/revocations", Scope::from_static("revoke")))
        .sessions(Sessions::new().max(2 * STREAMS))
        .connections(Connections::new().max_per_address(4 * STREAMS))
        .tools(Clock)
        .build()
        .await
        .unwrap();
    let serving = tokio::spawn(server.serve_until(listener, std::future::pending()));
    let token = |subject: &str| issuer.token().audience(&resource).subject(subject).scope("revoke").sign();
    let (admin, other) = (token("admin"), token("other"));
    let mut kept = Vec::new();
    for _ in 0..OTHERS {
        kept.push(open(address, &other).await);
    }
    let mut ended = Vec::new();
    for round in 0..ROUNDS {
        let subject = format!("subject-{round}");
        let mut streams = Vec::new();
        for _ in 0..STREAMS {
            streams.push(open(address, &token(&subject)).await);
        }
        let body = json!({"format": "iss_sub", "iss": issuer.issuer(), "sub": subject}).to_string();
        let watching: Vec<_> = streams.into_iter().map(|stream| tokio::spawn(end_of(stream))).collect();
        tokio::task::yield_now().await;
        let revoked = Instant::now();
        let answer = exchange(address, "POST /admin/revocations", &admin, "", &body).await;
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
        for stream in watching {
            let end = tokio::time::timeout(PATIENCE, stream).await.expect("a stream stayed open").unwrap();
            ended.push(end.duration_since(revoked));
        }
    }
    for stream in &mut kept {
        let mut byte = [0];
        let read = tokio::time::timeout(Duration::from_millis(10), stream.read(&mut byte)).await;
        assert!(read.is_err() || read.is_ok_and(|read| read.unwrap() > 0), "a stream of another subject has ended");
    }
    serving.abort();
    ended.sort_unstable();
    let percentile = |percent: usize| ended[(ended.len() - 1) * percent / 100];
    println!(
        "{ROUNDS} revocations of {STREAMS} open streams: ended after {:.1?} (50th percentile), {:.1?} (99th), {:.1?} (last)",
        percentile(50),
        percentile(99),
        percentile(100),
    );
}

/// Opens the event stream of a new session.
async fn open(address: SocketAddr, token: &str) -> TcpStream {
    let params =
        json!({"protocolVersion": VERSION, "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}});
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}).to_string();
    let answer = exchange(address, "POST /mcp", token, "", &body).await;
    let session = answer.lines().find_map(|line| line.strip_prefix("mcp-session-id: ")).unwrap();
    let session = format!("mcp-session-id: {session}\r\n");
    let body = json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string();
    assert!(exchange(address, "POST /mcp", token, &session, &body).await.starts_with("HTTP/1.1 202"));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request(address, "GET /mcp", token, &session, "").as_bytes()).await.unwrap();
    let (mut head, mut buffer) = (String::new(), [0; 1024]);
    while !head.contains("\r\n\r\n") {
        let length = stream.read(&mut buffer).await.unwrap();
        head += std::str::from_utf8(&buffer[..length]).unwrap();
    }
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    stream
}

/// Returns the time when the last byte of the stream has arrived.
async fn end_of(mut stream: TcpStream) -> Instant {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert!(rest.ends_with(b"0\r\n\r\n"), "the stream has no last chunk");
    Instant::now()
}

async fn exchange(address: SocketAddr, line: &str, token: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request(address, line, token, headers, body).as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn request(address: SocketAddr, line: &str, token: &str, headers: &str, body: &str) -> String {
    format!(
        "{line} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         accept: application/json, text/event-stream\r\nmcp-protocol-version: {VERSION}\r\nconnection: close\r\n\
         content-length: {}\r\n{headers}\r\n{body}",
        body.len(),
    )
}
