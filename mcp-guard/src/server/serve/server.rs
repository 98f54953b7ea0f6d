//! The shared state of all connections.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::TokioTimer;
use hyper_util::server::conn::auto::Builder;
use tokio::time::Instant;

use super::BUFFER;
use super::addresses::Addresses;
use super::limits::Connections;
use super::proxies::TrustedProxies;
use super::registry::Registry;
use super::streams::Streams;
use super::tls::Tls;
use crate::throttle::Throttle;

/// The interval of HTTP/2 PINGs.
const PING_INTERVAL: Duration = Duration::from_secs(30);
/// The maximum time for the response to a PING.
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// The room for a token in a request head, in bytes, if the validators have a lower limit or none.
const MIN_TOKEN_BYTES: usize = 16 * 1024;
/// The room for other headers than the token, in bytes.
const OTHER_HEADERS: usize = 16 * 1024;

/// A running server.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) router: Router,
    pub(super) http: Builder<Streams>,
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) limits: Connections,
    pub(super) proxies: TrustedProxies,
    pub(super) addresses: Arc<Addresses>,
    pub(super) registry: Arc<Registry>,
    /// The number of requests in progress, on all connections.
    pub(super) requests: AtomicUsize,
    /// The number of unread response bytes, on all connections.
    pub(super) unread: AtomicUsize,
    pub(super) throttles: Throttles,
    started: Instant,
}

/// The throttles for warnings that unauthenticated clients can trigger.
#[derive(Debug, Default)]
pub(super) struct Throttles {
    pub(super) accept: Throttle,
    pub(super) connections: Throttle,
    pub(super) address_connections: Throttle,
    pub(super) requests: Throttle,
    pub(super) address_requests: Throttle,
    pub(super) unread: Throttle,
}

impl Server {
    pub(super) fn new(
        router: Router,
        tls: Option<Arc<Tls>>,
        limits: Connections,
        proxies: TrustedProxies,
        max_token_bytes: usize,
    ) -> Arc<Self> {
        Arc::new(Self {
            // The state is set once, not for each request.
            router: router.with_state(()),
            http: http(&limits, max_token_bytes),
            tls,
            addresses: Addresses::new(limits.max_per_address),
            limits,
            proxies,
            registry: Arc::default(),
            requests: AtomicUsize::new(0),
            unread: AtomicUsize::new(0),
            throttles: Throttles::default(),
            started: Instant::now(),
        })
    }

    /// Returns the time since the start of the server, in milliseconds.
    pub(super) fn milliseconds(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Returns an HTTP builder that limits the memory and the idle time of a connection. A request head has room for the
/// longest token. A larger head is rejected with `431`.
fn http(limits: &Connections, max_token_bytes: usize) -> Builder<Streams> {
    let head = max_token_bytes.max(MIN_TOKEN_BYTES).saturating_add(OTHER_HEADERS);
    let mut builder = Builder::new(Streams::new(limits.write_timeout));
    builder
        .http1()
        .timer(TokioTimer::new())
        // hyper also counts the idle time before a request head.
        .header_read_timeout(limits.idle_timeout)
        // hyper also limits the unsent part of a response by this size.
        .max_buf_size(BUFFER.max(head));
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        .initial_stream_window_size(64 * 1024)
        .initial_connection_window_size(256 * 1024)
        .max_send_buf_size(BUFFER)
        .max_header_list_size(u32::try_from(head).unwrap_or(u32::MAX))
        .max_concurrent_streams(100);
    builder
}
