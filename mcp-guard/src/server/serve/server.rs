//! The state that all connections of a server share.

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

/// How often an HTTP/2 client must show that it is still there, and how long it may take.
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// A server that is being served.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) router: Router,
    pub(super) http: Builder<Streams>,
    pub(super) tls: Option<Tls>,
    pub(super) limits: Connections,
    pub(super) proxies: TrustedProxies,
    pub(super) addresses: Arc<Addresses>,
    pub(super) registry: Arc<Registry>,
    /// Requests in progress, on all connections.
    pub(super) requests: AtomicUsize,
    /// Bytes of responses that their clients have not read, on all connections.
    pub(super) unread: AtomicUsize,
    pub(super) throttles: Throttles,
    started: Instant,
}

/// One for each kind of warning.
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
    pub(super) fn new(router: Router, tls: Option<Tls>, limits: Connections, proxies: TrustedProxies) -> Arc<Self> {
        Arc::new(Self {
            // Once, and not for each request.
            router: router.with_state(()),
            http: http(&limits),
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

    /// Returns how long the server has been running.
    pub(super) fn milliseconds(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Bounds the memory of a connection, and the time that its client may take.
fn http(limits: &Connections) -> Builder<Streams> {
    let mut builder = Builder::new(Streams::new(limits.write_timeout));
    builder
        .http1()
        .timer(TokioTimer::new())
        // hyper counts the time before a head as well, which is the time that a connection is idle.
        .header_read_timeout(limits.idle_timeout)
        .max_buf_size(BUFFER);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        .initial_stream_window_size(64 * 1024)
        .initial_connection_window_size(256 * 1024)
        .max_send_buf_size(BUFFER)
        .max_header_list_size(32 * 1024)
        .max_concurrent_streams(100);
    builder
}
