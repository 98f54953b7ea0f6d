//! The limits of connections.

use std::time::Duration;

use crate::config::{ConfigError, Mistakes, Setting};

/// Limits how many connections and requests [`ResourceServer::serve`](crate::ResourceServer::serve) and its siblings take, and for how long a client may
/// be idle.
///
/// ```
/// use std::time::Duration;
///
/// use mcp_guard::settings::Connections;
///
/// let connections = Connections::new().max_total(10_000).idle_timeout(Duration::from_secs(60));
/// ```
///
/// They do not apply to [`ResourceServer::into_router`](crate::ResourceServer::into_router): the server of that router applies its own.
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

    /// Sets how many connections may be open at once. Default: 4,096.
    ///
    /// Beyond it, a new connection replaces the one that has been without a request in progress for the longest time; if all have one, the new
    /// connection is closed. The same number of requests may be in progress, on all connections together, the last quarter of them only
    /// on connections with at most four; further ones are answered with `503`.
    ///
    /// On Unix the process's soft limit of open files (`ulimit -n`, `LimitNOFILE=`) bounds the number of connections as well: a quarter of it, and at
    /// least 64 files, stay free for everything else.
    pub const fn max_total(mut self, connections: usize) -> Self {
        self.max_total = connections;
        self
    }

    /// Sets how many connections one client address may have open at once, and how many requests in progress. Default: 256.
    ///
    /// Further connections are closed; further requests are answered with `503`. An IPv6 client is counted by its /64 network. Clients on loopback and
    /// [trusted proxies](crate::settings::Network::trusted_proxies) may have any number of connections; a request of a trusted proxy counts for the
    /// client that the proxy names.
    pub const fn max_per_address(mut self, connections: usize) -> Self {
        self.max_per_address = connections;
        self
    }

    /// Sets how long a connection may be without a request in progress before it is closed. Default: 30 seconds.
    ///
    /// The time until the first request counts, and the time that the client takes for the TLS handshake (10 seconds at most) and to send the head of
    /// a request. An event stream is a request in progress, however quiet it is; an HTTP/2 PING is not.
    pub const fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }

    /// Sets how long a client may leave a response unread. Default: 30 seconds.
    ///
    /// When the client takes nothing for that long, the connection is closed; over HTTP/2, a stream whose flow-control window stays closed is reset.
    pub const fn write_timeout(mut self, timeout: Duration) -> Self {
        self.write_timeout = timeout;
        self
    }

    /// Sets how many bytes of responses may wait for their clients to read them, on all connections together. Default: 64 MiB.
    ///
    /// Beyond it, connections are closed: first those whose client read nothing for a second, and of these the ones with the most unread bytes. A single
    /// response that just began is kept, however large it is.
    pub const fn max_unread_bytes(mut self, bytes: usize) -> Self {
        self.max_unread_bytes = bytes;
        self
    }

    /// Finds the limits that nothing could meet.
    pub(in crate::server) fn check(&self, mistakes: &mut Mistakes) {
        const POSITIVE: Duration = Duration::from_nanos(1);
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        const DURATION: &str = "a duration above zero, and at most a day";
        for (setting, is_wrong, expected) in [
            (Setting::MaxConnections, self.max_total == 0, "at least 1 connection"),
            (Setting::MaxPerAddress, self.max_per_address == 0, "at least 1 connection"),
            (Setting::IdleTimeout, !(POSITIVE..=DAY).contains(&self.idle_timeout), DURATION),
            (Setting::WriteTimeout, !(POSITIVE..=DAY).contains(&self.write_timeout), DURATION),
            (Setting::MaxUnreadBytes, self.max_unread_bytes == 0, "at least 1 byte"),
        ] {
            mistakes.check(!is_wrong, || ConfigError::hidden(setting, expected));
        }
    }

    /// Returns how many connections may be open without the process running out of file descriptors.
    pub(super) fn max_open(&self) -> usize {
        let Some(limit) = open_files() else { return self.max_total };
        let max = usable(limit);
        if max < self.max_total {
            tracing::info!(
                open_files = limit,
                connections = max,
                configured = self.max_total,
                "the process may open too few files for all connections: serving fewer; raise the limit (ulimit -n)"
            );
        }
        self.max_total.min(max)
    }
}

/// Leaves a quarter of the descriptors, and at least 64, to the rest of the process. Where there are hardly any, connections get a quarter of them.
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
mod tests {
    use super::*;
    use crate::config::BuildError;

    #[test]
    fn zero_is_rejected_with_the_name_of_the_setting() {
        let connections = Connections::new;
        let check = |connections: &Connections| {
            let mut mistakes = Mistakes::default();
            connections.check(&mut mistakes);
            mistakes.into_result().map_err(|mistakes| BuildError::from(mistakes).to_string())
        };
        assert_eq!(check(&connections()), Ok(()));
        for (wrong, setting) in [
            (connections().max_total(0), "max_total"),
            (connections().max_per_address(0), "max_per_address"),
            (connections().idle_timeout(Duration::ZERO), "idle_timeout"),
            (connections().write_timeout(Duration::ZERO), "write_timeout"),
            (connections().idle_timeout(Duration::MAX), "idle_timeout"),
            (connections().max_unread_bytes(0), "max_unread_bytes"),
        ] {
            let error = check(&wrong).unwrap_err();
            assert!(error.contains(setting) && error.contains("expected"), "{error}");
        }
    }

    #[test]
    fn descriptors_are_left_for_the_rest_of_the_process() {
        for (limit, connections) in [(1_048_576, 786_432), (1_024, 768), (200, 136), (64, 16), (1, 1)] {
            assert_eq!(usable(limit), connections, "{limit}");
        }
    }
}
