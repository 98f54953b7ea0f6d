//! Connection limits, over real sockets.

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::extract::ConnectInfo;
use h2::client::SendRequest;
use http::{Request, Response, StatusCode};
use mcp_guard::error::ServeError;
use mcp_guard::issuer::Jwt;
use mcp_guard::prelude::*;
use mcp_guard::settings::{Connections, Network, NoTools, Sessions};
use mcp_guard::{Issuer, ResourceServer, ResourceServerBuilder};
use mcp_guard_dev::DevAuthServer;
use rmcp::handler::server::common::Extension;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

use crate::support::{Post, VERSIONS, call, call_in, initialize, raw};

/// A timeout that only a failing test reaches.
const LONG: Duration = Duration::from_secs(20);
const IDLE: Duration = Duration::from_millis(400);
const BIG: usize = 1024 * 1024;

/// Public tools: one waits until it is released, another returns a large answer.
#[derive(Clone)]
struct Slow {
    release: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

#[guarded_tools]
impl Slow {
    /// Waits.
    #[guarded_tool(public)]
    async fn hold(&self) -> String {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.release.acquire().await.unwrap().forget();
        "released".to_owned()
    }

    /// Answers with the address of the peer.
    #[guarded_tool(public)]
    fn peer(&self, Extension(parts): Extension<http::request::Parts>) -> String {
        let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>().unwrap();
        peer.to_string()
    }

    /// Answers at length.
    #[guarded_tool(public)]
    fn big(&self) -> String {
        "x".repeat(BIG)
    }

    /// Answers briefly.
    #[guarded_tool(public)]
    fn small(&self) -> String {
        "y".repeat(100)
    }
}

struct Served {
    address: SocketAddr,
    slow: Slow,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<Result<(), ServeError>>,
    issuer: DevAuthServer,
}

impl Served {
    async fn start(connections: Connections) -> Self {
        Self::start_with(|builder| builder.connections(connections)).await
    }

    /// Starts a server that trusts its peers as proxies. All peers are on loopback.
    async fn start_behind_proxy(connections: Connections) -> Self {
        Self::start_with(|builder| {
            builder.connections(connections).network(Network::new().trusted_proxies(["127.0.0.0/8"]))
        })
        .await
    }

    async fn start_with(
        configure: impl FnOnce(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>,
    ) -> Self {
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let resource = format!("http://{}/mcp", listener.local_addr().unwrap());
        Self::start_on(listener, &resource, issuer, configure).await
    }

    /// With tokens of an issuer that is configured like this.
    async fn start_issuer(
        issuer: impl FnOnce(Issuer<Jwt>) -> Issuer<Jwt>,
        configure: impl FnOnce(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>,
    ) -> Self {
        let server = DevAuthServer::builder().start().await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let resource = format!("http://{}/mcp", listener.local_addr().unwrap());
        let issuer = issuer(Issuer::jwt(server.issuer()));
        Self::start_with_issuer(listener, &resource, server, issuer, configure).await
    }

    async fn start_on(
        listener: TcpListener,
        resource: &str,
        issuer: DevAuthServer,
        configure: impl FnOnce(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>,
    ) -> Self {
        let accepted = Issuer::jwt(issuer.issuer());
        Self::start_with_issuer(listener, resource, issuer, accepted, configure).await
    }

    async fn start_with_issuer(
        listener: TcpListener,
        resource: &str,
        issuer: DevAuthServer,
        accepted: Issuer<Jwt>,
        configure: impl FnOnce(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let slow = Slow { release: Arc::new(Semaphore::new(0)), waiting: Arc::default() };
        let builder =
            ResourceServer::builder(resource).issuer(accepted).allow_anonymous().sessions(Sessions::new().legacy(true));
        let server = configure(builder).tools(slow.clone()).build().await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(server.serve_until(listener, async move {
            let _ = stopped.await;
        }));
        Self { address, slow, stop: Some(stop), served, issuer }
    }

    async fn connect(&self) -> Http1 {
        Http1 { stream: TcpStream::connect(self.address).await.unwrap(), read: Vec::new() }
    }

    /// Opens an HTTP/2 connection with this window per stream, and returns the task that drives it.
    async fn connect_http2(&self, window: u32) -> (SendRequest<Bytes>, JoinHandle<Result<(), h2::Error>>) {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (client, connection) =
            h2::client::Builder::new().initial_window_size(window).handshake(stream).await.unwrap();
        (client, tokio::spawn(connection))
    }

    /// Waits until this many calls of `hold` are waiting.
    async fn held(&self, calls: usize) {
        tokio::time::timeout(LONG, async {
            while self.slow.waiting.load(Ordering::SeqCst) < calls {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .unwrap();
    }

    fn http2(&self, post: Post) -> (Request<()>, Bytes) {
        let body = Bytes::from(post.body);
        let mut request = Request::builder().method(post.method).uri(format!("http://{}{}", self.address, post.uri));
        for (name, value) in post.headers.iter().filter(|(name, _)| name != "host") {
            request = request.header(name, value);
        }
        (request.body(()).unwrap(), body)
    }
}

/// Sends a request on a new stream.
async fn send(
    client: &SendRequest<Bytes>,
    (request, body): (Request<()>, Bytes),
) -> Result<Response<h2::RecvStream>, h2::Error> {
    let mut client = client.clone().ready().await?;
    let (response, mut stream) = client.send_request(request, body.is_empty())?;
    if !body.is_empty() {
        stream.send_data(body, true)?;
    }
    tokio::time::timeout(LONG, response).await.expect("timeout of the response")
}

/// Reads a body without extending the window.
async fn read(response: Response<h2::RecvStream>) -> Result<usize, h2::Error> {
    let mut body = response.into_body();
    let mut len = 0;
    while let Some(data) = tokio::time::timeout(LONG, body.data()).await.expect("timeout of the body") {
        len += data?.len();
    }
    Ok(len)
}

/// An HTTP/1.1 connection.
struct Http1 {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Http1 {
    async fn write(&mut self, text: impl AsRef<[u8]>) {
        self.stream.write_all(text.as_ref()).await.unwrap();
    }

    async fn send(&mut self, post: Post) {
        let text = text(post);
        self.write(text).await;
    }

    /// Reads a response with `Content-Length`, and returns its status and text, or `None` if the connection was closed.
    async fn response(&mut self) -> Option<(u16, String)> {
        loop {
            let text = String::from_utf8_lossy(&self.read).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let len = head
                    .split("content-length: ")
                    .nth(1)
                    .map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
                if body.len() >= len {
                    self.read.drain(..head.len() + 4 + len);
                    return Some((head[9..12].parse().unwrap(), format!("{head}\r\n\r\n{}", &body[..len])));
                }
            }
            if !self.read_more().await {
                return None;
            }
        }
    }

    async fn status(&mut self) -> u16 {
        self.response().await.expect("the connection was closed").0
    }

    /// Reads some bytes, and returns whether the connection is still open.
    async fn read_more(&mut self) -> bool {
        let read = tokio::time::timeout(LONG, self.stream.read_buf(&mut self.read)).await.expect("timeout of the read");
        matches!(read, Ok(1..))
    }

    async fn health(&mut self) -> Option<u16> {
        self.stream.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").await.ok()?;
        Some(self.response().await?.0)
    }

    /// Waits until the connection is closed.
    async fn closed(&mut self) {
        while self.read_more().await {}
    }

    async fn is_open_for(&mut self, time: Duration) -> bool {
        tokio::time::timeout(time, self.closed()).await.is_err()
    }
}

/// Formats a request in HTTP/1.1.
fn text(post: Post) -> String {
    let mut text = format!("{} {} HTTP/1.1\r\n", post.method, post.uri);
    for (name, value) in post.headers {
        let value = if name == "host" { "127.0.0.1" } else { &value };
        text += &format!("{name}: {value}\r\n");
    }
    text + &format!("content-length: {}\r\n\r\n{}", post.body.len(), str::from_utf8(&post.body).unwrap())
}

fn forwarded(tool: &str, client: &str) -> Post {
    call(tool).header("x-forwarded-for", client)
}

#[tokio::test]
async fn idle_http1_connection_is_closed() {
    let server = Served::start(Connections::new().idle_timeout(IDLE)).await;
    let mut silent = server.connect().await;
    let mut answered = server.connect().await;
    let mut dribbling = server.connect().await;
    let start = Instant::now();
    for _ in 0..4 {
        assert_eq!(answered.health().await, Some(200));
        tokio::time::sleep(IDLE / 2).await;
    }
    let last = Instant::now();
    silent.closed().await;
    answered.closed().await;
    assert!(start.elapsed() >= IDLE && last.elapsed() < 5 * IDLE, "{:?}", start.elapsed());

    let start = Instant::now();
    while dribbling.stream.write_all(b"GET").await.is_ok() && start.elapsed() < LONG {
        tokio::time::sleep(IDLE / 10).await;
    }
    assert!(start.elapsed() < 5 * IDLE, "{:?}", start.elapsed());
}

#[tokio::test]
async fn idle_http2_connection_is_closed_despite_pings() {
    let server = Served::start(Connections::new().idle_timeout(IDLE)).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (client, mut connection) = h2::client::handshake(stream).await.unwrap();
    let mut pings = connection.ping_pong().unwrap();
    let connection = tokio::spawn(connection);
    let pinging = tokio::spawn(async move {
        let mut answered = 0;
        while pings.ping(h2::Ping::opaque()).await.is_ok() {
            answered += 1;
            tokio::time::sleep(IDLE / 10).await;
        }
        answered
    });
    let start = Instant::now();
    // Dropping the client would close the connection from its side.
    let client = client.ready().await.unwrap();
    tokio::time::timeout(LONG, connection).await.expect("still open").unwrap().unwrap();
    assert!(start.elapsed() >= IDLE && start.elapsed() < 5 * IDLE, "{:?}", start.elapsed());
    assert!(pinging.await.unwrap() > 3);
    drop(client);
}

/// Ignores GOAWAY and the following PING, and keeps sending PINGs.
#[tokio::test]
async fn http2_client_that_ignores_goaway_is_dropped() {
    let server = Served::start(Connections::new().idle_timeout(IDLE)).await;
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    writer.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let start = Instant::now();
    let pinging = async {
        while writer.write_all(b"\0\0\x08\x06\0\0\0\0\0pingpong").await.is_ok() {
            tokio::time::sleep(IDLE / 4).await;
        }
    };
    let reading = async {
        let mut frames = Vec::new();
        while matches!(reader.read_buf(&mut frames).await, Ok(1..)) {}
        frames
    };
    let ((), frames) = tokio::time::timeout(LONG, async { tokio::join!(pinging, reading) }).await.expect("still open");
    assert!(frames.windows(4).any(|bytes| bytes == [8, 7, 0, 0]), "missing GOAWAY");
    assert!(start.elapsed() >= IDLE + Duration::from_secs(4), "{:?}", start.elapsed());
}

#[tokio::test]
async fn quiet_event_stream_is_not_idle() {
    let server = Served::start(Connections::new().idle_timeout(IDLE).write_timeout(IDLE)).await;
    let mut client = server.connect().await;
    client.send(initialize(VERSIONS[0])).await;
    let (status, head) = client.response().await.unwrap();
    assert_eq!(status, 200);
    let session = head.split("mcp-session-id: ").nth(1).unwrap().lines().next().unwrap().to_owned();
    let stream = raw("")
        .method(http::Method::GET)
        .set("accept", "text/event-stream")
        .header("mcp-protocol-version", VERSIONS[0].0)
        .header("mcp-session-id", &session);

    let mut http1 = server.connect().await;
    http1.send(stream.clone()).await;
    let (http2, connection) = server.connect_http2(65_535).await;
    assert!(http1.read_more().await, "missing head");
    assert!(String::from_utf8_lossy(&http1.read).contains(" 200 "));
    let (held, ()) = tokio::join!(send(&http2, server.http2(call("hold"))), async {
        server.held(1).await;
        assert!(http1.is_open_for(5 * IDLE).await);
        server.slow.release.add_permits(1);
    });
    assert_eq!(held.unwrap().status(), StatusCode::OK);
    assert!(!connection.is_finished());

    // The same over HTTP/2.
    drop(http1);
    let response = send(&http2, server.http2(stream)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let mut body = response.into_body();
    let ended = tokio::time::timeout(5 * IDLE, async { while let Some(Ok(_)) = body.data().await {} }).await;
    assert!(ended.is_err(), "the event stream ended");
}

#[tokio::test]
async fn request_id_is_in_use_until_its_response_was_sent() {
    let server = Served::start(Connections::new()).await;
    let mut client = server.connect().await;
    client.send(initialize(VERSIONS[0])).await;
    let (_, head) = client.response().await.unwrap();
    let session = head.split("mcp-session-id: ").nth(1).unwrap().lines().next().unwrap().to_owned();
    let within = |tool| call_in(VERSIONS[0], tool).header("mcp-session-id", &session);
    let (http2, _connection) = server.connect_http2(0).await;
    let unread = send(&http2, server.http2(within("small"))).await.unwrap();
    assert_eq!(unread.status(), StatusCode::OK);
    // The operation ends, and its response waits for the window.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut client = server.connect().await;
    client.send(within("small")).await;
    assert_eq!(client.status().await, 400, "the response was not sent");
    drop(unread);
    let free = async {
        let mut client = server.connect().await;
        client.send(within("small")).await;
        client.status().await == 200
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(free.await, "its stream was reset");
}

#[tokio::test]
async fn unread_http1_responses_are_cut() {
    const REQUESTS: usize = 20;
    let server = Served::start(Connections::new().write_timeout(IDLE)).await;
    let mut client = server.connect().await;
    for _ in 0..REQUESTS {
        client.send(call("big")).await;
    }
    // Nothing is read until the connection is closed, which only writing notices.
    let start = Instant::now();
    while client.stream.write_all(b"\n").await.is_ok() {
        assert!(start.elapsed() < LONG, "still open");
        tokio::time::sleep(IDLE / 10).await;
    }
    client.closed().await;
    assert!(client.read.len() < REQUESTS * BIG, "{} bytes", client.read.len());
}

#[tokio::test]
async fn http2_stream_with_a_closed_window_is_reset() {
    let server = Served::start(Connections::new().write_timeout(IDLE)).await;
    let (client, _connection) = server.connect_http2(65_535).await;
    let small = read(send(&client, server.http2(call("small"))).await.unwrap()).await.unwrap();
    let health = || server.http2(raw("").method(http::Method::GET).uri("/health"));
    let small_window = u32::try_from(small).unwrap();

    for (window, tool) in [(0, "small"), (1, "small"), (small_window - 1, "small"), (100, "big"), (65_535, "big")] {
        let (client, connection) = server.connect_http2(window).await;
        let blocked = send(&client, server.http2(call(tool))).await.unwrap();
        assert!(blocked.headers().contains_key("content-length"), "{:?}", blocked.headers());
        assert_eq!(send(&client, health()).await.unwrap().status(), StatusCode::OK);
        let start = Instant::now();
        let error = read(blocked).await.unwrap_err();
        assert_eq!(error.reason(), Some(h2::Reason::CANCEL), "window {window}: {error}");
        assert!(start.elapsed() < 5 * IDLE, "window {window}: {:?}", start.elapsed());
        assert_eq!(send(&client, health()).await.unwrap().status(), StatusCode::OK, "window {window}");
        assert!(!connection.is_finished());
    }
    let (client, _connection) = server.connect_http2(small_window).await;
    assert_eq!(read(send(&client, server.http2(call("small"))).await.unwrap()).await.unwrap(), small);
}

#[tokio::test]
async fn unread_bytes_are_bounded() {
    let served = Served::start(Connections::new().max_unread_bytes(3 * BIG)).await;
    // Two clients that never extend their windows. The second one leaves more bytes unread.
    let (first, first_connection) = served.connect_http2(0).await;
    let mut kept = vec![send(&first, served.http2(call("big"))).await.unwrap()];
    let (second, second_connection) = served.connect_http2(0).await;
    for _ in 0..3 {
        kept.extend(send(&second, served.http2(call("big"))).await);
    }
    tokio::time::timeout(LONG, second_connection).await.expect("the connection is closed").unwrap().ok();
    assert!(!first_connection.is_finished(), "the other connection stays open");
    let mut reader = served.connect().await;
    reader.send(call("big")).await;
    let (status, body) = reader.response().await.unwrap();
    assert_eq!(status, 200);
    assert!(body.len() > BIG);
}

#[tokio::test]
async fn client_that_reads_is_not_closed_for_unread_bytes() {
    let served = Served::start(Connections::new().max_unread_bytes(3 * BIG)).await;
    // Three stalled clients with one response each, and a client that reads two responses at once.
    let mut stalled = Vec::new();
    for _ in 0..3 {
        let (client, connection) = served.connect_http2(0).await;
        let kept = send(&client, served.http2(call("big"))).await.unwrap();
        stalled.push((client, connection, kept));
    }
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let (reader, connection) = served.connect_http2(65_535).await;
    let both = [
        send(&reader, served.http2(call("big"))).await.unwrap(),
        send(&reader, served.http2(call("big"))).await.unwrap(),
    ];
    // Concurrently, because they share the window of the connection.
    let lengths = futures::future::join_all(both.map(async |response| {
        let mut body = response.into_body();
        let mut length = 0;
        while let Some(data) = body.data().await {
            let data = data.unwrap();
            length += data.len();
            body.flow_control().release_capacity(data.len()).unwrap();
        }
        length
    }));
    assert!(lengths.await.iter().all(|length| *length > BIG));
    assert!(!connection.is_finished());
    assert!(stalled.iter().any(|(_, connection, _)| connection.is_finished()), "no stalled connection was closed");
}

#[tokio::test]
async fn few_connections_do_not_take_all_requests() {
    let mut served = Served::start(Connections::new().max_total(40)).await;
    let (attacker, connection) = served.connect_http2(65_535).await;
    let calls: Vec<_> = (0..40)
        .map(|_| {
            let (attacker, request) = (attacker.clone(), served.http2(call("hold")));
            tokio::spawn(async move { send(&attacker, request).await.map(|response| response.status()) })
        })
        .collect();
    served.held(30).await;
    let mut other = served.connect().await;
    other.send(call("small")).await;
    assert_eq!(other.status().await, 200);
    served.slow.release.add_permits(40);
    let mut rejected = 0;
    for call in calls {
        rejected += usize::from(call.await.unwrap().unwrap() == StatusCode::SERVICE_UNAVAILABLE);
    }
    assert_eq!(rejected, 10, "a quarter of the limit is reserved for connections with few requests");
    drop(connection);
    served.stop.take();
}

#[tokio::test]
async fn response_may_be_larger_than_the_bound_of_unread_bytes() {
    let served = Served::start(Connections::new().max_unread_bytes(1)).await;
    let mut reader = served.connect().await;
    for _ in 0..2 {
        reader.send(call("big")).await;
        let (status, body) = reader.response().await.unwrap();
        assert_eq!(status, 200);
        assert!(body.len() > BIG);
    }
}

#[tokio::test]
async fn slow_reader_gets_its_whole_response() {
    let server = Served::start(Connections::new().write_timeout(IDLE).idle_timeout(IDLE)).await;
    let (client, _connection) = server.connect_http2(16 * 1024).await;
    let mut body = send(&client, server.http2(call("big"))).await.unwrap().into_body();
    let (mut len, start) = (0, Instant::now());
    while let Some(data) = body.data().await {
        let read = data.unwrap().len();
        len += read;
        tokio::time::sleep(Duration::from_millis(10)).await;
        body.flow_control().release_capacity(read).unwrap();
    }
    assert!(len > BIG && start.elapsed() > IDLE, "{len} bytes in {:?}", start.elapsed());
}

#[tokio::test]
async fn full_server_closes_the_longest_idle_connection() {
    let server = Served::start(Connections::new().max_total(3)).await;
    let (mut busy, mut idle, mut idle_later) = (server.connect().await, server.connect().await, server.connect().await);
    assert_eq!(idle.health().await, Some(200));
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(idle_later.health().await, Some(200));
    busy.send(call("hold")).await;
    server.held(1).await;

    let mut new = server.connect().await;
    assert_eq!(new.health().await, Some(200));
    idle.closed().await;
    assert_eq!(idle_later.health().await, Some(200), "the connection was idle for less time");

    idle_later.send(call("hold")).await;
    server.held(2).await;
    // The only connection without a request in progress.
    let mut newer = server.connect().await;
    assert_eq!(newer.health().await, Some(200));
    new.closed().await;
    newer.send(call("small")).await;
    assert_eq!(newer.status().await, 200);
    server.slow.release.add_permits(2);
    assert_eq!((busy.status().await, idle_later.status().await), (200, 200));
}

#[tokio::test]
async fn busy_server_closes_new_connections() {
    let server = Served::start(Connections::new().max_total(2)).await;
    let mut busy = [server.connect().await, server.connect().await];
    for client in &mut busy {
        client.send(call("hold")).await;
    }
    server.held(2).await;
    let start = Instant::now();
    server.connect().await.closed().await;
    assert!(start.elapsed() < Duration::from_secs(1));
    server.slow.release.add_permits(2);
    for client in &mut busy {
        assert_eq!(client.status().await, 200);
    }
    assert_eq!(server.connect().await.health().await, Some(200));
}

#[tokio::test]
async fn requests_in_progress_are_bounded() {
    let server = Served::start(Connections::new().max_total(3)).await;
    let (client, _connection) = server.connect_http2(65_535).await;
    let hold = || {
        tokio::spawn({
            let (client, request) = (client.clone(), server.http2(call("hold")));
            async move { send(&client, request).await.unwrap().status() }
        })
    };
    let held = [hold(), hold(), hold()];
    server.held(3).await;
    let rejected = send(&client, server.http2(call("small"))).await.unwrap();
    assert_eq!(rejected.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(rejected.headers()["retry-after"], "1");
    server.slow.release.add_permits(3);
    for held in held {
        assert_eq!(held.await.unwrap(), StatusCode::OK);
    }
    assert_eq!(send(&client, server.http2(call("small"))).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn proxied_clients_are_limited_individually() {
    let server = Served::start_behind_proxy(Connections::new().max_per_address(3)).await;
    let mut attacks = Vec::new();
    for held in 1..=3 {
        let mut client = server.connect().await;
        client.send(forwarded("hold", &format!("203.0.113.{held}, 192.0.2.1"))).await;
        server.held(held).await;
        attacks.push(client);
    }
    let mut proxy = server.connect().await;
    for (client, status) in [
        ("192.0.2.1", 503),
        ("198.51.100.9, 192.0.2.1", 503),
        ("192.0.2.1:4711, 127.0.0.2", 503),
        ("192.0.2.2", 200),
        ("unknown", 200),
        ("", 200),
    ] {
        proxy.send(forwarded("small", client)).await;
        let (got, head) = proxy.response().await.unwrap();
        assert_eq!((got, head.contains("retry-after: 1")), (status, status == 503), "{client}: {head}");
    }
    proxy.send(call("small").header("forwarded", "for=\"192.0.2.1:80\"")).await;
    assert_eq!(proxy.status().await, 503);

    server.slow.release.add_permits(1);
    tokio::time::sleep(Duration::from_millis(100)).await;
    proxy.send(forwarded("small", "192.0.2.1")).await;
    assert_eq!(proxy.status().await, 200);
}

#[tokio::test]
async fn ended_response_is_not_in_progress() {
    let server = Served::start_behind_proxy(Connections::new().max_per_address(1)).await;
    let (client, _connection) = server.connect_http2(65_535).await;
    let request = || server.http2(forwarded("hold", "192.0.2.1"));
    for calls in 1..=3 {
        let (response, ()) = tokio::join!(send(&client, request()), async {
            server.held(calls).await;
            server.slow.release.add_permits(1);
        });
        let response = response.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        read(response).await.unwrap();
    }
    // The client resets the stream while the response is in progress.
    let mut sending = client.clone().ready().await.unwrap();
    let (head, body) = request();
    let (response, mut stream) = sending.send_request(head, false).unwrap();
    stream.send_data(body, true).unwrap();
    server.held(4).await;
    stream.send_reset(h2::Reason::CANCEL);
    drop(response);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let small = send(&client, server.http2(forwarded("small", "192.0.2.1"))).await.unwrap();
    assert_eq!(small.status(), StatusCode::OK);
}

#[tokio::test]
async fn untrusted_peer_cannot_name_its_client() {
    let server = Served::start(Connections::new().max_per_address(1)).await;
    let mut held = server.connect().await;
    held.send(forwarded("hold", "192.0.2.1")).await;
    server.held(1).await;
    let mut client = server.connect().await;
    client.send(forwarded("small", "192.0.2.1")).await;
    assert_eq!(client.status().await, 200);
    client.send(forwarded("small", "192.0.2.1").header("forwarded", "for=192.0.2.2")).await;
    assert_eq!(client.status().await, 200);
}

#[tokio::test]
async fn conflicting_forwarding_headers_are_rejected() {
    let server = Served::start_behind_proxy(Connections::new()).await;
    let mut client = server.connect().await;
    for (forwarded_header, status) in [("for=192.0.2.1", 200), ("for=192.0.2.2", 400)] {
        client.send(forwarded("small", "192.0.2.1").header("forwarded", forwarded_header)).await;
        assert_eq!(client.status().await, status, "{forwarded_header}");
    }
}

#[tokio::test]
async fn tool_reads_the_address_of_the_peer() {
    let server = Served::start_behind_proxy(Connections::new()).await;
    let mut client = server.connect().await;
    client.send(forwarded("peer", "192.0.2.1")).await;
    let (status, text) = client.response().await.unwrap();
    let own = client.stream.local_addr().unwrap().to_string();
    assert!(status == 200 && text.contains(&own), "{own}: {text}");
}

/// Returns an address of this machine that is not on loopback.
async fn own_address() -> Option<IpAddr> {
    let socket = tokio::net::UdpSocket::bind("0.0.0.0:0").await.ok()?;
    socket.connect("192.0.2.1:9").await.ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
}

#[tokio::test]
async fn connections_of_one_address_are_bounded() {
    let Some(own) = own_address().await else {
        println!("skipped: this machine has loopback addresses only");
        return;
    };
    for (proxies, is_bounded) in [(vec![], true), (vec![own.to_string()], false)] {
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let listener = TcpListener::bind("0.0.0.0:0").unwrap();
        let limits = Connections::new().max_per_address(2);
        let server = Served::start_on(listener, "https://todo.example.com/mcp", issuer, |builder| {
            builder.allow_plain_http().connections(limits).network(Network::new().trusted_proxies(proxies))
        })
        .await;
        let connect = async |ip: IpAddr| {
            let stream = TcpStream::connect((ip, server.address.port())).await.unwrap();
            Http1 { stream, read: Vec::new() }
        };
        let mut open = [connect(own).await, connect(own).await];
        for client in &mut open {
            assert_eq!(client.health().await, Some(200));
        }
        assert_eq!(connect(own).await.health().await.is_none(), is_bounded);
        let loopback: IpAddr = [127, 0, 0, 1].into();
        let mut local = [connect(loopback).await, connect(loopback).await, connect(loopback).await];
        for client in &mut local {
            assert_eq!(client.health().await, Some(200));
        }
        drop(open);
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(connect(own).await.health().await, Some(200));
    }
}

#[tokio::test]
async fn requests_of_one_address_are_bounded() {
    let Some(own) = own_address().await else {
        println!("skipped: this machine has loopback addresses only");
        return;
    };
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let limits = Connections::new().max_per_address(2);
    let mut server = Served::start_on(listener, "https://todo.example.com/mcp", issuer, |builder| {
        builder.allow_plain_http().connections(limits).network(Network::new().allowed_hosts([own.to_string()]))
    })
    .await;
    server.address.set_ip(own);
    let (client, _connection) = server.connect_http2(65_535).await;
    let post = |tool| server.http2(call(tool));
    let hold = || {
        let (client, request) = (client.clone(), post("hold"));
        tokio::spawn(async move { send(&client, request).await.unwrap().status() })
    };
    let held = [hold(), hold()];
    server.held(2).await;
    let refused = send(&client, post("small")).await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()["retry-after"], "1");
    server.slow.release.add_permits(2);
    for held in held {
        assert_eq!(held.await.unwrap(), StatusCode::OK);
    }
    assert_eq!(send(&client, post("small")).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn shutdown_closes_idle_connections_and_finishes_requests() {
    let mut server = Served::start(Connections::new()).await;
    let (mut idle, mut silent, mut busy) = (server.connect().await, server.connect().await, server.connect().await);
    assert_eq!(idle.health().await, Some(200));
    busy.send(call("hold")).await;
    server.held(1).await;
    let start = Instant::now();
    server.stop.take().unwrap().send(()).unwrap();
    idle.closed().await;
    silent.closed().await;
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert!(TcpStream::connect(server.address).await.is_err(), "still accepting");
    server.slow.release.add_permits(1);
    assert!(busy.response().await.is_some());
    tokio::time::timeout(Duration::from_secs(1), &mut server.served).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn panicking_callback_keeps_its_connection() {
    let mut server = Served::start_issuer(
        |issuer| issuer.revoked(|_| panic!("a panic of the application")),
        |builder| builder.connections(Connections::new().max_total(1)),
    )
    .await;
    let token = server.issuer.token().audience(format!("http://{}/mcp", server.address)).sign();
    let mut client = server.connect().await;
    client.send(call("small").bearer(&token)).await;
    assert_eq!(client.status().await, 503);
    assert_eq!(client.health().await, Some(200));
    let (http2, connection) = server.connect_http2(65_535).await;
    assert_eq!(send(&http2, server.http2(call("small").bearer(&token))).await.unwrap().status(), 503);
    assert_eq!(send(&http2, server.http2(call("small"))).await.unwrap().status(), StatusCode::OK);
    assert!(!connection.is_finished());
    server.stop.take().unwrap().send(()).unwrap();
    tokio::time::timeout(LONG, server.served).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn tls_connections_are_limited_and_negotiate_http2() {
    use tokio_rustls::{TlsConnector, rustls};

    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let file = |name: &str, text: String| {
        let path = std::env::temp_dir().join(format!("mcp-guard-connections-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        path
    };
    let (certificate, key) = (file("cert.pem", made.cert.pem()), file("key.pem", made.signing_key.serialize_pem()));
    let limits = Connections::new().idle_timeout(IDLE).write_timeout(IDLE);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let resource = format!("https://localhost:{}/mcp", listener.local_addr().unwrap().port());
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let configure = |builder: ResourceServerBuilder<NoTools>| builder.connections(limits).tls(&certificate, &key);
    let server = Served::start_on(listener, &resource, issuer, configure).await;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];

    let stream = TcpStream::connect(server.address).await.unwrap();
    let name = "localhost".try_into().unwrap();
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (client, connection) = h2::client::Builder::new().initial_window_size(1).handshake(stream).await.unwrap();
    let connection = tokio::spawn(connection);
    let blocked = send(&client, server.http2(call("small"))).await.unwrap();
    assert_eq!(read(blocked).await.unwrap_err().reason(), Some(h2::Reason::CANCEL));

    let start = Instant::now();
    let mut silent = server.connect().await;
    silent.closed().await;
    tokio::time::timeout(LONG, connection).await.expect("still open").unwrap().unwrap();
    assert!(start.elapsed() < 5 * IDLE, "{:?}", start.elapsed());
    for path in [certificate, key] {
        std::fs::remove_file(path).unwrap();
    }
}

#[tokio::test]
async fn invalid_settings_are_build_errors() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let builder = || ResourceServer::builder("https://todo.example.com/mcp").issuer(issuer.issuer());
    for (builder, expected) in [
        (
            builder().network(Network::new().trusted_proxies(["10.0.0.0/8", "proxy"])),
            "invalid `Network::trusted_proxies` \"proxy\": expected an IP address, or a network like \"10.0.0.0/8\"",
        ),
        (
            builder().connections(Connections::new().max_total(0)),
            "invalid `Connections::max_total` \"0\": expected at least 1 connection",
        ),
    ] {
        let error = builder.tools(crate::support::Fixture::default()).build().await.unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

/// The response buffer of the server, which is the smallest limit of a head over HTTP/1.1.
const BUFFER: usize = 64 * 1024;

/// Returns a valid token of exactly this length.
fn token_of_length(server: &Served, length: usize) -> String {
    let token = |in_header: usize, in_payload: usize| {
        let token = server.issuer.token().audience(format!("http://{}/mcp", server.address));
        token.header("pad", "x".repeat(in_header)).claim("pad", "x".repeat(in_payload)).sign()
    };
    // Base64 takes four characters for three bytes, so not every length is possible with one padding.
    let estimate = (length - token(0, 0).len()) * 3 / 4;
    let mut tokens = (0..3).flat_map(|header| (0..8).map(move |less| (header, estimate + 2 - less)));
    tokens.find_map(|(header, payload)| Some(token(header, payload)).filter(|token| token.len() == length)).unwrap()
}

#[tokio::test]
async fn longest_token_is_accepted_over_both_protocols() {
    for max in [2 * 1024, 16 * 1024, 100 * 1024, 1024 * 1024] {
        let server = Served::start_issuer(|issuer| issuer.max_token_bytes(max), |builder| builder).await;
        let small = |token: &str| call("small").bearer(token);
        let longest = small(&token_of_length(&server, max));
        let too_long = small(&token_of_length(&server, max + 1));
        let (client, connection) = server.connect_http2(64 * 1024).await;
        for (case, post, expected) in [("the longest token", longest, 200), ("a longer token", too_long, 401)] {
            let mut http1 = server.connect().await;
            http1.send(post.clone()).await;
            assert_eq!(http1.status().await, expected, "{case} of {max} over HTTP/1.1");
            let answer = send(&client, server.http2(post)).await.unwrap();
            assert_eq!(answer.status().as_u16(), expected, "{case} of {max} over HTTP/2");
        }
        let limit = max.max(16 * 1024) + 16 * 1024;
        let too_large = call("small").header("x-pad", &"x".repeat(limit.max(BUFFER)));
        let mut http1 = server.connect().await;
        // Nothing that the server would not read: closing the connection would then discard the response.
        http1.write(&text(too_large.clone()).as_bytes()[..limit.max(BUFFER)]).await;
        assert_eq!(http1.status().await, 431, "{max} over HTTP/1.1");
        let answer = send(&client, server.http2(too_large)).await.unwrap();
        assert_eq!(answer.status().as_u16(), 431, "{max} over HTTP/2");
        // A rejected head does not close the HTTP/2 connection.
        let answer = send(&client, server.http2(call("small"))).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        connection.abort();
    }
}
