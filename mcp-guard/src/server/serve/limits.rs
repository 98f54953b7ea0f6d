//! The settings for connections.

use std::time::Duration;

use crate::config::{ConfigError, Mistakes, Setting};

/// Limits for connections and requests of [`ResourceServer::serve`](crate::ResourceServer::serve), `run` and
/// `serve_until`.
///
/// ```
/// use std::time::Duration;
///
/// use mcp_guard::settings::Connections;
///
/// let connections = Connections::new().max_total(10_000).idle_timeout(Duration::from_secs(60));
/// ```
///
/// They do not apply to [`ResourceServer::into_router`](crate::ResourceServer::into_router), because another server
/// then accepts the connections.
#[derive(Clone, Debug)]
#[must_use]
pub struct Connections {
    pub(super) max_total: usize,
    pub(super) max_per_address: usize,
    pub(super) idle_timeout: Duration,
    pub(super) write_timeout: Duration,
    pub(super) max_unread_bytes: usize,
}

impl Default for Connections {
    fn default() -> Self {
        Self::new()
    }
}

impl Connections {
    /// Returns the defaults.
    pub const fn new() -> Self {
        Self {
            max_total: 4_096,
            max_per_address: 256,
            idle_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            max_unread_bytes: 64 * 1024 * 1024,
        }
    }

    /// Sets the maximum number of open connections. Default: 4,096.
    ///
    /// When the limit is reached, a new connection replaces the longest idle one. If all connections have requests in
    /// progress, the new one is closed.
    ///
    /// The limit is also the maximum number of requests in progress on all connections together. The last quarter is
    /// reserved for connections with at most four requests. Further requests are rejected with `503`.
    ///
    /// On Unix, the soft limit of open files (`ulimit -n`, `LimitNOFILE=`) also limits the connections. A quarter of
    /// it, and at least 64 files, are reserved for the rest of the process.
    pub const fn max_total(mut self, connections: usize) -> Self {
        self.max_total = connections;
        self
    }

    /// Sets the maximum number of open connections, and of requests in progress, for each client address. Default: 256.
    ///
    /// Further connections are closed, and further requests are rejected with `503`. IPv6 clients are counted by their
    /// /64 network.
    ///
    /// Connections from loopback and from
    /// [trusted proxies](crate::settings::Network::trusted_proxies) are not limited by address. A request from a
    /// trusted proxy counts for the client that the proxy reports.
    pub const fn max_per_address(mut self, connections: usize) -> Self {
        self.max_per_address = connections;
        self
    }

    /// Sets how long a connection may be idle before it is closed. Default: 30 seconds. Maximum: 1 day.
    ///
    /// A connection is idle without a request in progress. This includes the time for the TLS handshake (at most 10
    /// seconds) and for sending the head of a request. An event stream is a request in progress, even without events.
    /// An HTTP/2 PING is not a request.
    pub const fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Sets how long a client may leave a response unread. Default: 30 seconds. Maximum: 1 day.
    ///
    /// After this time without progress, the connection is closed. Over HTTP/2, a stream is reset if its flow-control
    /// window stays closed.
    pub const fn write_timeout(mut self, timeout: Duration) -> Self {
        self.write_timeout = timeout;
        self
    }

    /// Sets the maximum of unread response bytes on all connections together. Default: 64 MiB.
    ///
    /// When the limit is exceeded, connections are closed. Connections whose client read nothing for a second come
    /// first, starting with the most unread bytes. A single response that just began is kept, even if it exceeds the
    /// limit alone.
    pub const fn max_unread_bytes(mut self, bytes: usize) -> Self {
        self.max_unread_bytes = bytes;
        self
    }

    /// Rejects limits that allow no connections or no time.
    pub(in crate::server) fn check(&self, mistakes: &mut Mistakes) {
        const POSITIVE: Duration = Duration::from_nanos(1);
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        const DURATION: &str = "a duration above zero, and at most a day";
        for (setting, value, expected) in [
            (Setting::MaxConnections, self.max_total, "at least 1 connection"),
            (Setting::MaxPerAddress, self.max_per_address, "at least 1 connection"),
            (Setting::MaxUnreadBytes, self.max_unread_bytes, "at least 1 byte"),
        ] {
            mistakes.check(value > 0, || ConfigError::invalid(setting, value.to_string(), expected));
        }
        for (setting, value) in [(Setting::IdleTimeout, self.idle_timeout), (Setting::WriteTimeout, self.write_timeout)]
        {
            let is_valid = (POSITIVE..=DAY).contains(&value);
            mistakes.check(is_valid, || ConfigError::invalid(setting, format!("{value:?}"), DURATION));
        }
    }

    /// Returns the maximum number of connections, limited by the file descriptors of the process.
    pub(super) fn max_open(&self) -> usize {
        let Some(limit) = open_files() else { return self.max_total };
        let max = usable(limit);
        if max < self.max_total {
            tracing::info!(
                open_files = limit,
                connections = max,
                configured = self.max_total,
                "the limit of open files reduces the maximum number of connections: raise it (ulimit -n)"
            );
        }
        self.max_total.min(max)
    }
}

/// Returns the number of file descriptors for connections.
///
/// A quarter of the limit, and at least 64, are reserved for the rest of the process. Connections get at least a
/// quarter of the limit.
fn usable(limit: usize) -> usize {
    let reserve = (limit / 4).max(64);
    limit.saturating_sub(reserve).max(limit / 4).max(1)
}

#[cfg(unix)]
fn open_files() -> Option<usize> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current?;
    usize::try_from(limit).ok()
}

#[cfg(not(unix))]
const fn open_files() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests;
