//! Regression tests for the availability findings of the security review, numbered as in SECURITY.md.

mod bodies;
mod cancellation;
mod panics;
mod sessions;
mod streams;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http_body_util::BodyExt as _;
use mcp_guard::issuer::Jwt;
use mcp_guard::prelude::*;
use mcp_guard::settings::{NoTools, Sessions};
use mcp_guard::{Issuer, ResourceServerBuilder};
use mcp_guard_dev::DevAuthServer;
use rmcp::RoleServer;
use rmcp::service::RequestContext;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::support::{Post, RESOURCE, builder, builder_with};

/// A server behind a socket, with the tools of [`Misbehaving`].
struct Listening {
    issuer: DevAuthServer,
    address: SocketAddr,
    misbehaving: Misbehaving,
    stop: CancellationToken,
}

impl Listening {
    async fn start() -> Self {
        Self::start_with(|builder| builder).await
    }

    async fn start_with(
        configure: impl FnOnce(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>,
    ) -> Self {
        Self::start_on(DevAuthServer::builder().start().await.unwrap(), configure).await
    }

    /// Starts a server that trusts this authorization server.
    async fn start_on(
        issuer: DevAuthServer,
        configure: impl FnOnce(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>,
    ) -> Self {
        let builder = configure(builder(&issuer));
        Self::start_built(issuer, builder).await
    }

    /// With tokens of an issuer that is configured like this.
    async fn start_issuer(configure: impl FnOnce(Issuer<Jwt>) -> Issuer<Jwt>, sessions: Sessions) -> Self {
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let builder = builder_with(configure(Issuer::jwt(issuer.issuer()))).sessions(sessions);
        Self::start_built(issuer, builder).await
    }

    async fn start_built(issuer: DevAuthServer, builder: ResourceServerBuilder<NoTools>) -> Self {
        let misbehaving = Misbehaving::default();
        let server = builder.tools(misbehaving.clone()).build().await.unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(server.serve_until(listener, stopped));
        Self { issuer, address, misbehaving, stop }
    }

    fn token(&self, subject: &str) -> String {
        self.issuer.token().audience(RESOURCE).subject(subject).scope("todo:read").sign()
    }

    /// Sends a request on a new connection, without reading the response.
    async fn open(&self, post: &Post) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(&head(post, &format!("content-length: {}", post.body.len()))).await.unwrap();
        stream.write_all(&post.body).await.unwrap();
        stream
    }

    /// Sends a request, and returns the status and the complete response.
    async fn send(&self, post: &Post) -> (u16, String) {
        let mut stream = self.open(&post.clone().header("connection", "close")).await;
        let mut response = Vec::new();
        tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut response)).await.unwrap().unwrap();
        let response = String::from_utf8_lossy(&response).into_owned();
        let status = response.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        (status, response)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Returns the head of a request with an additional header line.
fn head(post: &Post, line: &str) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/1.1\r\n{line}\r\n", post.method, post.uri);
    for (name, value) in &post.headers {
        head += &format!("{name}: {value}\r\n");
    }
    (head + "\r\n").into_bytes()
}

/// Reads until `text` has arrived.
async fn read_until(stream: &mut TcpStream, text: &str) -> String {
    let (mut read, mut buffer) = (String::new(), [0; 4096]);
    while !read.contains(text) {
        let length = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut buffer)).await.unwrap().unwrap();
        assert!(length > 0, "the connection closed: {read}");
        read += &String::from_utf8_lossy(&buffer[..length]);
    }
    read
}

/// Waits until `reached` is true.
async fn eventually(case: &str, reached: impl Fn() -> bool) {
    for _ in 0..400 {
        if reached() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("never: {case}");
}

/// Operations that panic, and operations that run long or never end.
#[derive(Clone, Default)]
struct Misbehaving {
    running: Arc<AtomicUsize>,
    started: Arc<AtomicUsize>,
}

/// An active run.
struct Running(Arc<AtomicUsize>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Misbehaving {
    fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    fn started(&self) -> usize {
        self.started.load(Ordering::SeqCst)
    }

    fn run(&self) -> Running {
        self.running.fetch_add(1, Ordering::SeqCst);
        self.started.fetch_add(1, Ordering::SeqCst);
        Running(Arc::clone(&self.running))
    }
}

#[guarded_tools]
impl Misbehaving {
    /// Answer.
    #[guarded_tool(scope = "todo:read")]
    fn read(&self) -> String {
        "done".to_owned()
    }

    /// Panic immediately.
    #[guarded_tool(scope = "todo:read")]
    fn broken(&self) -> String {
        panic!("SECRET of a panic")
    }

    /// Panic after a pause.
    #[guarded_tool(scope = "todo:read")]
    async fn breaks_later(&self) -> String {
        tokio::time::sleep(Duration::from_millis(20)).await;
        panic!("SECRET of a panic")
    }

    /// Never end.
    #[guarded_tool(scope = "todo:read")]
    async fn endless(&self) -> String {
        let _running = self.run();
        std::future::pending().await
    }

    /// End after two seconds.
    #[guarded_tool(scope = "todo:read")]
    async fn slow(&self) -> String {
        let _running = self.run();
        tokio::time::sleep(Duration::from_secs(2)).await;
        "done".to_owned()
    }

    /// Clean up when the request is cancelled.
    #[guarded_tool(scope = "todo:read")]
    async fn tidy(&self, context: RequestContext<RoleServer>) -> String {
        let running = self.run();
        context.ct.cancelled().await;
        self.started.fetch_add(100, Ordering::SeqCst);
        drop(running);
        "tidied up".to_owned()
    }

    /// A prompt that panics.
    #[guarded_prompt(scope = "todo:read")]
    async fn broken_prompt(&self) -> String {
        panic!("SECRET of a panic")
    }

    /// A resource that panics.
    #[guarded_resource(uri = "broken://{id}", scope = "todo:read")]
    async fn broken_resource(&self, id: String) -> String {
        panic!("SECRET of a panic {id}")
    }
}

/// Sends a request through a router, and returns its status and body.
async fn send(router: &axum::Router, request: http::Request<axum::body::Body>) -> (u16, String) {
    use tower::ServiceExt as _;
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}
