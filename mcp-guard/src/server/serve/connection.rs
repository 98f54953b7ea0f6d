//! The life of one connection: the TLS handshake, HTTP, and how it ends.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hyper::rt::Read;
use hyper::rt::Write;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::addresses::Entry;
use super::io::WriteTimeout;
use super::io::deadline;
use super::orders::Order;
use super::orders::Orders;
use super::requests::Requests;
use super::server::Server;

/// How long a client may take for the TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an idle client may take to close a connection that is shut down.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Set in the number of requests when the connection is about to be dropped, so that it begins no further one.
const EVICTED: usize = 1 << (usize::BITS - 1);

/// One connection, as its task, its requests and the accept loop see it.
#[derive(Debug)]
pub(super) struct Connection {
    server: Arc<Server>,
    peer: SocketAddr,
    is_trusted_proxy: bool,
    /// `None`: connections of this peer are not counted by address.
    address: Option<Entry>,
    /// Requests in progress.
    requests: AtomicUsize,
    /// Bytes of responses that the client has not read.
    unread: AtomicUsize,
    /// When the last request ended, or the connection was accepted: milliseconds since the server started.
    idle_since: AtomicU64,
    orders: Orders,
}

impl Connection {
    /// Counts a new connection, unless its address has too many.
    pub(super) fn open(server: &Arc<Server>, peer: SocketAddr) -> Option<Arc<Self>> {
        let is_trusted_proxy = server.proxies.contain(peer.ip());
        let is_counted = !is_trusted_proxy && !peer.ip().to_canonical().is_loopback();
        let address = is_counted.then(|| server.addresses.entry(peer.ip().into()));
        if address.as_ref().is_some_and(|entry| !entry.add_connection()) {
            return None;
        }
        Some(Arc::new(Self {
            server: Arc::clone(server),
            peer,
            is_trusted_proxy,
            address,
            requests: AtomicUsize::new(0),
            unread: AtomicUsize::new(0),
            idle_since: AtomicU64::new(server.milliseconds()),
            orders: Orders::default(),
        }))
    }

    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    pub(super) const fn peer(&self) -> SocketAddr {
        self.peer
    }

    pub(super) const fn is_trusted_proxy(&self) -> bool {
        self.is_trusted_proxy
    }

    pub(super) const fn address(&self) -> Option<&Entry> {
        self.address.as_ref()
    }

    pub(super) const fn orders(&self) -> &Orders {
        &self.orders
    }

    /// Begins a request. Returns `false` when the connection is about to be dropped.
    pub(super) fn begin_request(&self) -> bool {
        self.requests.fetch_add(1, Ordering::AcqRel) & EVICTED == 0
    }

    pub(super) fn end_request(&self) {
        // First the time, so that a connection never looks idle since before its last request.
        self.idle_since.store(self.server.milliseconds(), Ordering::Release);
        self.requests.fetch_sub(1, Ordering::AcqRel);
    }

    /// Counts bytes of a response that the client has not read yet. Closes the connection with the most of them if there are too many.
    pub(super) fn add_unread(self: &Arc<Self>, bytes: usize) {
        self.unread.fetch_add(bytes, Ordering::Relaxed);
        let unread = self.server.unread.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if unread > self.server.limits.max_unread_bytes {
            self.server.registry.drop_most_unread(self, self.server.limits.max_unread_bytes);
            if self.server.throttles.unread.lets_pass() {
                tracing::warn!("clients leave too many bytes of responses unread: closing connections");
            }
        }
    }

    pub(super) fn remove_unread(&self, bytes: usize) {
        self.unread.fetch_sub(bytes, Ordering::Relaxed);
        self.server.unread.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub(super) fn unread(&self) -> usize {
        self.unread.load(Ordering::Relaxed)
    }

    /// Returns whether the connection has one request in progress, or none.
    pub(super) fn has_one_request(&self) -> bool {
        self.requests.load(Ordering::Relaxed) <= 1
    }

    /// Returns since when the connection has been without a request in progress, unless it has one.
    pub(super) fn idle_since(&self) -> Option<u64> {
        let is_idle = self.requests.load(Ordering::Acquire) == 0;
        is_idle.then(|| self.idle_since.load(Ordering::Acquire))
    }

    /// Drops the connection, provided that it has been idle since then.
    pub(super) fn evict(&self, idle_since: u64) -> bool {
        let is_evicted = self.idle_since() == Some(idle_since)
            && self.requests.compare_exchange(0, EVICTED, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        if is_evicted {
            self.orders.give(Order::Drop);
        }
        is_evicted
    }

    /// Serves the connection until it ends.
    pub(super) async fn serve(self: Arc<Self>, stream: TcpStream) {
        tokio::select! {
            biased;
            () = self.orders.wait_for(Order::Drop) => tracing::debug!(peer = %self.peer, "dropping a connection"),
            () = self.serve_stream(stream) => {}
        }
    }

    async fn serve_stream(self: &Arc<Self>, stream: TcpStream) {
        // Responses are written in one piece where they can be, and events must not wait for acknowledgements.
        let _ = stream.set_nodelay(true);
        let stream = WriteTimeout::new(stream, self.server.limits.write_timeout);
        let Some(tls) = &self.server.tls else { return self.serve_http(TokioIo::new(stream)).await };
        let timeout = HANDSHAKE_TIMEOUT.min(self.server.limits.idle_timeout);
        let handshake = tokio::select! {
            biased;
            // There is nothing to finish yet.
            () = self.orders.wait_for(Order::Close) => return,
            handshake = tokio::time::timeout(timeout, tls.accept(stream)) => handshake,
        };
        match handshake {
            Ok(Ok(stream)) => self.serve_http(TokioIo::new(stream)).await,
            Ok(Err(error)) => tracing::debug!(peer = %self.peer, %error, "the TLS handshake failed"),
            Err(_) => tracing::debug!(peer = %self.peer, "the TLS handshake took too long"),
        }
    }

    async fn serve_http<I: Read + Write + Unpin + Send + 'static>(self: &Arc<Self>, io: I) {
        let requests = Requests::new(Arc::clone(self), self.server.router.clone());
        let mut http = pin!(self.server.http.serve_connection(io, requests));
        // Not reset by each request: when it fires, it looks how long the connection has been idle.
        let mut timer = pin!(tokio::time::sleep_until(deadline(self.server.limits.idle_timeout)));
        let mut is_closing = false;
        loop {
            let close = tokio::select! {
                biased;
                ended = http.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(peer = %self.peer, %error, "a connection failed");
                    }
                    return;
                }
                () = self.orders.wait_for(Order::Close), if !is_closing => true,
                () = timer.as_mut() => match self.remaining_idle_time(is_closing) {
                    Some(remaining) => {
                        timer.as_mut().reset(deadline(remaining));
                        false
                    }
                    None if is_closing => {
                        tracing::debug!(peer = %self.peer, "the client does not close a connection: dropping it");
                        return;
                    }
                    None => true,
                },
            };
            if close {
                is_closing = true;
                http.as_mut().graceful_shutdown();
                timer.as_mut().reset(Instant::now() + CLOSE_TIMEOUT);
            }
        }
    }

    /// Returns how long the connection may still be idle; `None` when the time is over.
    fn remaining_idle_time(&self, is_closing: bool) -> Option<Duration> {
        let allowed = if is_closing { CLOSE_TIMEOUT } else { self.server.limits.idle_timeout };
        let idle = match self.idle_since() {
            // A request that came before the shutdown is still answered.
            None => Duration::ZERO,
            Some(_) if is_closing => return None,
            Some(since) => Duration::from_millis(self.server.milliseconds().saturating_sub(since)),
        };
        allowed.checked_sub(idle).filter(|remaining| !remaining.is_zero())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(entry) = &self.address {
            entry.remove_connection();
        }
    }
}
