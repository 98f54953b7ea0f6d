//! The settings of the limits for numbers of requests.

use std::num::NonZeroU32;

use super::rate::Rate;

/// Limits for the number of requests, of a [`Limits`](crate::settings::Limits). A request over a limit gets `429` with
/// `Retry-After` and the RateLimit fields of draft-ietf-httpapi-ratelimit-headers-10.
///
/// ```
/// use mcp_guard::settings::{Limits, Rate, RateLimits};
///
/// let limits = Limits::new().rates(RateLimits::new().per_caller(Rate::per_minute(600)).concurrent_per_caller(20));
/// ```
///
/// An operation has limits of its own: `#[guarded_tool(scope = "..", limit = "10/minute", concurrent = 2)]`.
///
/// The limits of an address apply where the server knows the address of its client: with
/// [`serve`](crate::ResourceServer::serve) and [`run`](crate::ResourceServer::run), or if the application serves its
/// router with [`into_make_service_with_connect_info`](axum::Router::into_make_service_with_connect_info). Behind a
/// proxy, set [`Network::trusted_proxies`](crate::settings::Network::trusted_proxies): otherwise all clients have the
/// address of the proxy, and share its limits. An IPv6 address counts as its /64 network. Loopback addresses are never limited.
///
/// The counts are kept in this process. At most 100,000 addresses and 100,000 callers have counts of their own at the
/// same time; further ones share one.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct RateLimits {
    pub(super) failed_credentials: Option<Rate>,
    pub(super) without_token: Option<Rate>,
    pub(super) per_caller: Option<Rate>,
    pub(super) concurrent_per_caller: Option<NonZeroU32>,
}

impl RateLimits {
    /// Returns the defaults.
    pub const fn new() -> Self {
        Self {
            failed_credentials: Some(Rate::per_minute(300)),
            without_token: None,
            per_caller: None,
            concurrent_per_caller: None,
        }
    }

    /// Returns no limits for the number of requests. Operations keep their own.
    pub const fn none() -> Self {
        Self { failed_credentials: None, ..Self::new() }
    }

    /// Returns the limits of the environment. `failed_credentials` is `None` if it is not set, and `Some(None)` if it is
    /// off.
    pub(crate) fn of(
        failed_credentials: Option<Option<Rate>>,
        without_token: Option<Rate>,
        per_caller: Option<Rate>,
        concurrent_per_caller: Option<NonZeroU32>,
    ) -> Self {
        let failed_credentials = failed_credentials.unwrap_or(Self::new().failed_credentials);
        Self { failed_credentials, without_token, per_caller, concurrent_per_caller }
    }

    /// Sets how many requests with invalid credentials are accepted from one address. Default: 300 per minute.
    ///
    /// Above it, requests of the address with tokens get `429`, unless the token is in the cache: then it was valid
    /// before, and is checked like any cached token. The response does not depend on whether the token is valid.
    pub const fn failed_credentials(mut self, rate: Rate) -> Self {
        self.failed_credentials = Some(rate);
        self
    }

    /// Sets how many requests without an access token are accepted from one address: for the metadata, the health routes
    /// and the open documentation page, and those that get `401` because they have no token. Default: unlimited.
    ///
    /// With anonymous callers, their calls are not counted here, but for their caller. Clients begin with requests
    /// without a token, and probes of a container platform are such requests as well.
    pub const fn without_token(mut self, rate: Rate) -> Self {
        self.without_token = Some(rate);
        self
    }

    /// Sets how many requests each caller may send: each issuer, subject and client. Default: unlimited.
    ///
    /// Counts all requests with a token, including those to routes of the application behind a
    /// [`RouteGuard`](crate::layer::RouteGuard). An anonymous caller counts by its address, also on loopback: behind a
    /// proxy that is not trusted, all anonymous callers share one count.
    pub const fn per_caller(mut self, rate: Rate) -> Self {
        self.per_caller = Some(rate);
        self
    }

    /// Sets how many MCP requests of each caller may be in progress. Default: unlimited. 0 is taken as 1.
    ///
    /// Streams (`GET` and `subscriptions/listen`) are not counted.
    pub const fn concurrent_per_caller(mut self, max: u32) -> Self {
        self.concurrent_per_caller = Some(match NonZeroU32::new(max) {
            Some(max) => max,
            None => NonZeroU32::MIN,
        });
        self
    }
}

impl Default for RateLimits {
    fn default() -> Self {
        Self::new()
    }
}
