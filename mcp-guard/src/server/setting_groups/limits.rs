//! Limits for requests.

use crate::config::{ConfigError, Mistakes, Setting};
use crate::gate::{GateLimits, MAX_UNAUTHENTICATED_BODY};
use crate::limit::RateLimits;

/// Limits for requests: for the memory of their bodies, and for their number.
#[derive(Clone, Debug)]
#[must_use]
pub struct Limits {
    pub(in crate::server) max_body_bytes: usize,
    max_total_body_bytes: Option<usize>,
    max_unauthenticated_body_bytes: Option<usize>,
    rates: Option<RateLimits>,
}

impl Limits {
    /// Returns the defaults.
    pub const fn new() -> Self {
        Self {
            max_body_bytes: 4 * 1024 * 1024,
            max_total_body_bytes: None,
            max_unauthenticated_body_bytes: None,
            rates: None,
        }
    }

    /// Sets the largest request body, in bytes. Default: 4 MiB.
    pub const fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// Sets the memory budget for the bodies and parsed messages of all authenticated requests together, in bytes.
    /// Default: 64 MiB, or twice [`max_body_bytes`](Self::max_body_bytes) if that is larger.
    ///
    /// A request that exceeds the budget is rejected with `503` and `Retry-After`.
    ///
    /// Each request counts with its body buffer and the memory of its message during parsing. A message of mostly text
    /// takes twice its size. A list of small objects takes up to 170 times its size. Half of the parsed message counts
    /// until the operation ends.
    ///
    /// One subject uses at most half of the budget. A request that exceeds this half on its own is rejected with `413`.
    /// One eighth is reserved for subjects that use less than 64 KiB.
    pub const fn max_total_body_bytes(mut self, bytes: usize) -> Self {
        self.max_total_body_bytes = Some(bytes);
        self
    }

    /// Sets the memory budget for the bodies of all requests without a valid token together, in bytes. Default: 8 MiB.
    ///
    /// This budget is separate from [`max_total_body_bytes`](Self::max_total_body_bytes). At most 64 KiB of each body
    /// are read, unless anonymous callers are allowed.
    ///
    /// A request that exceeds the budget is rejected with `503` and `Retry-After`. If its body has at most 4 KiB, it is
    /// rejected with a `401` for the baseline instead. A quarter of the budget is reserved for such small bodies.
    pub const fn max_unauthenticated_body_bytes(mut self, bytes: usize) -> Self {
        self.max_unauthenticated_body_bytes = Some(bytes);
        self
    }

    /// Sets the limits for the number of requests. Default: those of the environment, or [`RateLimits::new`].
    pub const fn rates(mut self, rates: RateLimits) -> Self {
        self.rates = Some(rates);
        self
    }

    /// Returns the limits for the number of requests.
    pub(in crate::server) fn rate_limits(&self) -> RateLimits {
        self.rates.unwrap_or_default()
    }

    /// Uses the rates of `earlier` if none are set.
    pub(in crate::server) fn or(self, earlier: &Self) -> Self {
        Self { rates: self.rates.or(earlier.rates), ..self }
    }

    /// Returns the limits of the gate. Checks that each budget has room for the largest body.
    pub(in crate::server) fn gate_limits(&self, allow_anonymous: bool, mistakes: &mut Mistakes) -> GateLimits {
        let max_body = self.max_body_bytes;
        mistakes.check(max_body > 0, || {
            ConfigError::invalid(Setting::MaxBodyBytes, "0", "at least 1 byte, 4 MiB by default")
        });
        // A parsed body takes at least twice its size. Anonymous callers may send bodies up to the maximum size.
        let parsed = max_body.saturating_mul(2);
        let unauthenticated = if allow_anonymous { parsed } else { max_body.min(MAX_UNAUTHENTICATED_BODY) };
        let mut checked = |setting, bytes: Option<usize>, default: usize, least| {
            mistakes.check(bytes.is_none_or(|bytes| bytes >= least), || {
                let expected = format!("at least {least} bytes, enough for the largest request body and its message");
                ConfigError::invalid(setting, bytes.unwrap_or_default().to_string(), expected)
            });
            bytes.unwrap_or_else(|| default.max(least))
        };
        GateLimits {
            max_body,
            max_total_body: checked(
                Setting::MaxTotalBodyBytes,
                self.max_total_body_bytes,
                GateLimits::TOTAL_BODY,
                parsed,
            ),
            max_unauthenticated_body: checked(
                Setting::MaxUnauthenticatedBodyBytes,
                self.max_unauthenticated_body_bytes,
                GateLimits::UNAUTHENTICATED_BODY,
                unauthenticated,
            ),
            has_sessions: false,
            sessions: None,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}
