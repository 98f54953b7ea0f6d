//! Groups of server settings: network, limits, sessions, disclosure, metadata and observation.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

#[cfg(feature = "docs-page")]
use super::DocsPage;
use crate::auth::STREAM_CHECK_INTERVAL;
use crate::config::{ConfigError, Mistakes, Setting};
use crate::gate::{GateLimits, MAX_UNAUTHENTICATED_BODY};
use crate::limit::RateLimits;
use crate::policy::{Client, Denial, Denials, Visibility};
use crate::record::Decisions;

/// The hosts, web origins and proxies that the server accepts in requests.
///
/// ```
/// use mcp_guard::settings::Network;
///
/// let network = Network::new().allowed_hosts(["internal.example.com"]).trusted_proxies(["10.0.0.0/8"]);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Network {
    pub(super) allowed_origins: Option<Vec<String>>,
    pub(super) allowed_hosts: Option<Vec<String>>,
    pub(super) trusted_proxies: Option<Vec<String>>,
}

macro_rules! default_is_new {
    ($($group:ident),*) => {
        $(impl Default for $group {
            fn default() -> Self {
                Self::new()
            }
        })*
    };
}

default_is_new!(Limits, Observation, Sessions);

fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Option<Vec<String>> {
    Some(texts.into_iter().map(Into::into).collect())
}

impl Network {
    /// Returns the defaults.
    pub const fn new() -> Self {
        Self { allowed_origins: None, allowed_hosts: None, trusted_proxies: None }
    }

    /// Allows pages of these web origins to call the server. Applies to CORS and to the `Origin` check. The origin of
    /// the resource URL is always allowed. Default: none.
    pub fn allowed_origins<O: Into<String>>(mut self, origins: impl IntoIterator<Item = O>) -> Self {
        self.allowed_origins = texts(origins);
        self
    }

    /// Allows requests to these hosts, in addition to the host of the resource URL. `host` allows every port,
    /// `host:port` only that one. Default: none.
    pub fn allowed_hosts<H: Into<String>>(mut self, hosts: impl IntoIterator<Item = H>) -> Self {
        self.allowed_hosts = texts(hosts);
        self
    }

    /// Trusts these proxies to report the client address: IP addresses, or networks like `10.0.0.0/8`. Default: none.
    ///
    /// Requests then count for the client in `X-Forwarded-For` or `Forwarded` (RFC 7239), not for the proxy. See
    /// [`Connections::max_per_address`](super::Connections::max_per_address). Both headers are read from the right,
    /// skipping the addresses of trusted proxies. In requests from other peers, both headers are ignored.
    ///
    /// If both headers are present and name different clients, the request is rejected with `400`. Configure the proxy
    /// to set one header and to remove the other.
    ///
    /// # Security
    ///
    /// A program that can connect from one of these addresses can choose the client address that its requests count
    /// for.
    pub fn trusted_proxies<P: Into<String>>(mut self, proxies: impl IntoIterator<Item = P>) -> Self {
        self.trusted_proxies = texts(proxies);
        self
    }

    /// Returns the settings that are set.
    pub(super) fn settings(&self) -> impl Iterator<Item = Setting> {
        [
            (Setting::AllowedOrigins, &self.allowed_origins),
            (Setting::AllowedHosts, &self.allowed_hosts),
            (Setting::TrustedProxies, &self.trusted_proxies),
        ]
        .into_iter()
        .filter_map(|(setting, value)| value.as_ref().map(|_| setting))
    }

    /// Uses the values of `earlier` for settings that are not set.
    pub(super) fn or(self, earlier: Self) -> Self {
        Self {
            allowed_origins: self.allowed_origins.or(earlier.allowed_origins),
            allowed_hosts: self.allowed_hosts.or(earlier.allowed_hosts),
            trusted_proxies: self.trusted_proxies.or(earlier.trusted_proxies),
        }
    }
}

/// Limits for requests: for the memory of their bodies, and for their number.
#[derive(Clone, Debug)]
#[must_use]
pub struct Limits {
    pub(super) max_body_bytes: usize,
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
    pub(super) fn rate_limits(&self) -> RateLimits {
        self.rates.unwrap_or_default()
    }

    /// Uses the rates of `earlier` if none are set.
    pub(super) fn or(self, earlier: &Self) -> Self {
        Self { rates: self.rates.or(earlier.rates), ..self }
    }

    /// Returns the limits of the gate. Checks that each budget has room for the largest body.
    pub(super) fn gate_limits(&self, allow_anonymous: bool, mistakes: &mut Mistakes) -> GateLimits {
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

/// Settings for legacy sessions (MCP revisions before 2026-07-28) and for the event streams of all clients.
#[derive(Clone, Debug)]
#[must_use]
pub struct Sessions {
    legacy: Option<bool>,
    pub(super) max: usize,
    pub(super) stream_check_interval: Duration,
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
    pub(super) fn has_legacy(&self, allow_anonymous: bool) -> bool {
        self.legacy.unwrap_or(!allow_anonymous)
    }
}

/// Settings for the information that callers get about operations they are not authorized to use.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Disclosure {
    pub(super) hide_requirements: bool,
    pub(super) name_granted_scopes: bool,
    pub(super) visibility: Visibility,
    pub(super) denials: Denials,
}

impl Disclosure {
    /// Returns the defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names only the baseline scopes in a `401`, so that unauthenticated callers do not learn the requirement of each
    /// tool. Clients then need one more step-up. Default: off.
    pub const fn hide_requirements(mut self) -> Self {
        self.hide_requirements = true;
        self
    }

    /// Also names the granted scopes of the token in a `403`. Default: off.
    ///
    /// Some clients (TypeScript SDK v1, VS Code) replace their scopes with the scopes of the challenge instead of
    /// adding them. A list longer than 2 KiB is omitted.
    pub const fn name_granted_scopes(mut self) -> Self {
        self.name_granted_scopes = true;
        self
    }

    /// Sets how lists show operations that the caller is not authorized to use. Default: like all others. Clients can
    /// then call them, receive a challenge, and request the missing scopes.
    pub const fn visibility(mut self, visibility: Visibility) -> Self {
        self.visibility = visibility;
        self
    }

    /// Sets how a rejected tool call is reported to the client. Default: HTTP `403`.
    pub const fn denial(mut self, denial: Denial) -> Self {
        self.denials.usual = denial;
        self
    }

    /// Sets how a rejected tool call is reported, for each client. `None` selects the form of [`denial`](Self::denial).
    ///
    /// ```
    /// # use mcp_guard::policy::Denial;
    /// # use mcp_guard::settings::Disclosure;
    /// let disclosure = Disclosure::new().denial_for(|client| {
    ///     client.user_agent()?.starts_with("openai-mcp/").then_some(Denial::ToolResultWithChallenge)
    /// });
    /// ```
    pub fn denial_for(mut self, choose: impl Fn(&Client<'_>) -> Option<Denial> + Send + Sync + 'static) -> Self {
        self.denials.choose = Some(Arc::new(choose));
        self
    }
}

/// Additional members of the protected resource metadata (RFC 9728), and its URL. The other members follow from the
/// server's settings.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ResourceMetadata {
    pub(super) name: Option<String>,
    pub(super) documentation: Option<String>,
    pub(super) at_root: bool,
    pub(super) url: Option<String>,
}

impl ResourceMetadata {
    /// Returns the defaults.
    pub const fn new() -> Self {
        Self { name: None, documentation: None, at_root: false, url: None }
    }

    /// Sets the human-readable name of the server (`resource_name`). Default: none.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Also serves the metadata at `/.well-known/oauth-protected-resource`, for clients that ignore the path of the
    /// resource. Default: off, because clients must not use metadata of another resource (RFC 9728 section 3.3). Enable
    /// it only if no other resource uses this host.
    pub const fn at_root(mut self) -> Self {
        self.at_root = true;
        self
    }

    /// Sets the URL of the server's documentation (`resource_documentation`). Default: none.
    pub fn documentation(mut self, url: impl Into<String>) -> Self {
        self.documentation = Some(url.into());
        self
    }

    /// Sets the metadata URL in challenges (RFC 9728 section 5.1), for gateways that cannot serve the well-known
    /// location. Default: that location.
    ///
    /// The metadata is then served at the path of this URL, with and without the prefix that
    /// [`mount_path`](crate::ResourceServerBuilder::mount_path) omits, and at the well-known location.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Uses the URL of `earlier` if none is set.
    pub(super) fn or(self, earlier: Self) -> Self {
        Self { url: self.url.or(earlier.url), ..self }
    }
}

/// Settings for monitoring a running server.
///
/// With the feature `metrics`, the server records [metrics](https://docs.rs/metrics) under names that start with
/// `mcp_guard_`. `docs/metrics.md` lists them.
#[derive(Debug)]
#[must_use]
pub struct Observation {
    pub(super) health: bool,
    pub(super) decisions: Option<Decisions>,
    pub(super) metrics_listen: Option<SocketAddr>,
    #[cfg(feature = "docs-page")]
    pub(super) docs: Option<DocsPage>,
}

impl Observation {
    /// Returns the defaults.
    pub const fn new() -> Self {
        Self {
            health: true,
            decisions: None,
            metrics_listen: None,
            #[cfg(feature = "docs-page")]
            docs: None,
        }
    }

    /// Removes the routes `/health` and `/health/ready`, for applications with health routes of their own.
    pub const fn without_health(mut self) -> Self {
        self.health = false;
        self
    }

    /// Records the authorization decisions. Default: no records.
    pub fn decisions(mut self, decisions: Decisions) -> Self {
        self.decisions = Some(decisions);
        self
    }

    /// Exports the metrics for Prometheus: `GET /metrics` at this address, over plain HTTP. Default: none.
    ///
    /// The server listens on the address while it runs. Building the server installs the recorder of the process, which
    /// the servers of a process share. The metrics contain the names of operations and issuers, and nothing of a client:
    /// still, prefer an address that clients do not reach.
    ///
    /// Without an address, an application installs a recorder of its own before it builds the server, and needs the feature
    /// `metrics` only.
    #[cfg(feature = "prometheus")]
    pub fn metrics_listen(mut self, address: impl Into<SocketAddr>) -> Self {
        self.metrics_listen = Some(address.into());
        self
    }

    /// Adds a documentation page at `/docs`, open or guarded. Default: none, or the page of `MCP_GUARD_DOCS`.
    ///
    /// [`ResourceServer::serve`](crate::ResourceServer::serve) and [`run`](crate::ResourceServer::run) include it. An
    /// application merges [`ResourceServer::docs_router`](crate::ResourceServer::docs_router).
    #[cfg(feature = "docs-page")]
    pub const fn docs(mut self, page: DocsPage) -> Self {
        self.docs = Some(page);
        self
    }

    /// Returns the path of the documentation page, if there is one.
    pub(super) const fn docs_path(&self) -> Option<&'static str> {
        #[cfg(feature = "docs-page")]
        if self.docs.is_some() {
            return Some(super::docs_page::PATH);
        }
        None
    }

    /// Uses the records, the address and the documentation page of `earlier` if none are set.
    pub(super) fn or(self, earlier: Self) -> Self {
        Self {
            decisions: self.decisions.or(earlier.decisions),
            metrics_listen: self.metrics_listen.or(earlier.metrics_listen),
            #[cfg(feature = "docs-page")]
            docs: self.docs.or(earlier.docs),
            ..self
        }
    }
}
