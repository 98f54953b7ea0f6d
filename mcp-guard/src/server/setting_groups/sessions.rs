//! Settings for sessions and event streams.

use std::time::Duration;

use crate::auth::STREAM_CHECK_INTERVAL;

/// Settings for legacy sessions (MCP revisions before 2026-07-28) and for the event streams of all clients.
#[derive(Clone, Debug)]
#[must_use]
pub struct Sessions {
    legacy: Option<bool>,
    pub(in crate::server) max: usize,
    pub(in crate::server) stream_check_interval: Duration,
}

impl Sessions {
    /// Returns the defaults.
    pub const fn new() -> Self {
        Self { legacy: None, max: 1_000, stream_check_interval: STREAM_CHECK_INTERVAL }
    }

    /// Sets whether clients of MCP revisions before 2026-07-28 get sessions. Default: `true`, unless anonymous callers
    /// are allowed.
    ///
    /// Without sessions, these clients are served statelessly. The server cannot send messages on its own, and a
    /// restart loses no state.
    pub const fn legacy(mut self, sessions: bool) -> Self {
        self.legacy = Some(sessions);
        self
    }

    /// Sets the maximum number of open legacy sessions. Default: 1,000. A session takes about 100 KiB and ends five
    /// minutes after its last use.
    ///
    /// When the limit is reached, the principal (issuer, subject and client) with the most sessions loses its longest
    /// idle session. A new session is rejected with `503` only if its own principal has the most sessions and all of
    /// them have requests in progress.
    pub const fn max(mut self, sessions: usize) -> Self {
        self.max = sessions;
        self
    }

    /// Sets how often the tokens of event streams and long calls are validated again. Default: 30 seconds.
    ///
    /// When the token is no longer valid, a stream ends and a call is rejected with `401`. The check detects tokens
    /// that were revoked ([`Issuer::revoked`](crate::Issuer::revoked)), tokens that became inactive at their
    /// authorization server, and tokens with a withdrawn signing key.
    ///
    /// Detection takes at most one interval plus the time of one validation. The check bypasses the token cache. It
    /// fetches the issuer's keys if they are older than the interval. Streams stay open while the authorization server
    /// is unreachable.
    pub const fn stream_check_interval(mut self, interval: Duration) -> Self {
        self.stream_check_interval = interval;
        self
    }

    /// Returns whether clients of older revisions get sessions. By default not for anonymous callers, because sessions
    /// use memory.
    pub(in crate::server) fn has_legacy(&self, allow_anonymous: bool) -> bool {
        self.legacy.unwrap_or(!allow_anonymous)
    }
}

impl Default for Sessions {
    fn default() -> Self {
        Self::new()
    }
}
