//! Settings of a server, grouped by what they are about.

use std::sync::Arc;
use std::time::Duration;

use crate::auth::STREAM_CHECK_INTERVAL;
use crate::config::{ConfigError, Mistakes, Setting};
use crate::gate::{GateLimits, MAX_UNAUTHENTICATED_BODY};
use crate::policy::{Client, Denial, Denials, Visibility};

/// Which hosts, web origins and proxies may be in requests.
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

    /// Allows pages of these web origins to call the server: for CORS and for the `Origin` check. Its own origin is always allowed.
    pub fn allowed_origins<O: Into<String>>(mut self, origins: impl IntoIterator<Item = O>) -> Self {
        self.allowed_origins = texts(origins);
        self
    }

    /// Allows requests that name these hosts, in addition to the one of the resource URL: `host`, or `host:port` to fix the port as well.
    pub fn allowed_hosts<H: Into<String>>(mut self, hosts: impl IntoIterator<Item = H>) -> Self {
        self.allowed_hosts = texts(hosts);
        self
    }

    /// Trusts these proxies to name their clients: IP addresses, or networks like `10.0.0.0/8`. Default: none.
    ///
    /// Requests are then counted for the client in `X-Forwarded-For` or `Forwarded` (RFC 7239) instead of for the proxy; see
    /// [`Connections::max_per_address`](super::Connections::max_per_address). Both headers are read from the right, past addresses of trusted proxies. They
    /// are ignored in requests of all other peers. Where a proxy sends both headers and they name different clients, the answer is `400`: let the proxy set
    /// one of them and remove the other.
    ///
    /// # Security
    ///
    /// Every program that can connect from these addresses chooses the client address that its requests are counted for.
    pub fn trusted_proxies<P: Into<String>>(mut self, proxies: impl IntoIterator<Item = P>) -> Self {
        self.trusted_proxies = texts(proxies);
        self
    }

    /// Returns the settings that have a value.
    pub(super) fn settings(&self) -> impl Iterator<Item = Setting> {
        [
            (Setting::AllowedOrigins, &self.allowed_origins),
            (Setting::AllowedHosts, &self.allowed_hosts),
            (Setting::TrustedProxies, &self.trusted_proxies),
        ]
        .into_iter()
        .filter_map(|(setting, value)| value.as_ref().map(|_| setting))
    }

    /// Fills in the values of `earlier` where this has none.
    pub(super) fn or(self, earlier: Self) -> Self {
        Self {
            allowed_origins: self.allowed_origins.or(earlier.allowed_origins),
            allowed_hosts: self.allowed_hosts.or(earlier.allowed_hosts),
            trusted_proxies: self.trusted_proxies.or(earlier.trusted_proxies),
        }
    }
}

/// Limits the memory that request bodies take. Every limit has a default.
#[derive(Clone, Debug)]
#[must_use]
pub struct Limits {
    pub(super) max_body_bytes: usize,
    max_total_body_bytes: Option<usize>,
    max_unauthenticated_body_bytes: Option<usize>,
}

impl Limits {
    /// Returns the defaults.
    pub const fn new() -> Self {
        Self { max_body_bytes: 4 * 1024 * 1024, max_total_body_bytes: None, max_unauthenticated_body_bytes: None }
    }

    /// Sets the largest request body, in bytes. Default: 4 MiB.
    pub const fn max_body_bytes(mut self, bytes: usize) -> Self {
        self.max_body_bytes = bytes;
        self
    }

    /// Limits the memory that the bodies of all authenticated requests, and the messages in them, take at once, in bytes. A request beyond it is rejected
    /// with `503` and `Retry-After`. Default: 64 MiB, or twice [`max_body_bytes`](Self::max_body_bytes) if that is more.
    ///
    /// A request counts with the buffer of its body and with what its message takes while it is parsed: twice its size where most of it is text, and up to
    /// 170 times its size where it is a list of small objects. Half of the parsed message counts until its operation ended. One subject uses half of the budget
    /// at most, and a request that could never fit into that is rejected with `413`. An eighth is kept for subjects with less than 64 KiB in use.
    pub const fn max_total_body_bytes(mut self, bytes: usize) -> Self {
        self.max_total_body_bytes = Some(bytes);
        self
    }

    /// Limits the memory that the bodies of requests without a valid token take at once, in bytes, in addition to
    /// [`max_total_body_bytes`](Self::max_total_body_bytes). Of each at most 64 KiB are read, except for anonymous callers. Default: 8 MiB.
    ///
    /// Beyond it, a request is rejected with `503` and `Retry-After`, or with the `401` of the baseline where its body has at most 4 KiB. A quarter is kept for
    /// such small bodies.
    pub const fn max_unauthenticated_body_bytes(mut self, bytes: usize) -> Self {
        self.max_unauthenticated_body_bytes = Some(bytes);
        self
    }

    /// Fills in the limits of the gate, and checks that each budget has room for the largest body.
    pub(super) fn gate_limits(&self, allow_anonymous: bool, mistakes: &mut Mistakes) -> GateLimits {
        let max_body = self.max_body_bytes;
        mistakes.check(max_body > 0, || {
            ConfigError::invalid(Setting::MaxBodyBytes, "0", "at least 1 byte, 4 MiB by default")
        });
        // A body takes its size, and as much once more when it is parsed. An anonymous caller may use public operations, with bodies of any size.
        let parsed = max_body.saturating_mul(2);
        let unauthenticated = if allow_anonymous { parsed } else { max_body.min(MAX_UNAUTHENTICATED_BODY) };
        let mut checked = |setting, bytes: Option<usize>, default: usize, least| {
            mistakes.check(bytes.is_none_or(|bytes| bytes >= least), || {
                let expected = format!("at least {least} bytes, room for the largest request body and its message");
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
            sessions: None,
        }
    }
}

/// Sessions of clients of revisions before 2026-07-28, and the streams of all clients.
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

    /// Sets whether clients of revisions before 2026-07-28 get sessions. Default: yes, unless anonymous callers are allowed. Without sessions they are served
    /// statelessly: no messages from the server on its own, and nothing to lose in a restart.
    pub const fn legacy(mut self, sessions: bool) -> Self {
        self.legacy = Some(sessions);
        self
    }

    /// Limits the legacy sessions that are open at once. Each takes some 100 KiB and ends five minutes after its last use. Default: 1,000.
    ///
    /// When the limit is reached, the principal (issuer, subject and client) that holds most sessions loses the one that was idle longest. A new session is
    /// rejected with `503` only if that is its own principal and all of its sessions have requests in progress.
    pub const fn max(mut self, sessions: usize) -> Self {
        self.max = sessions;
        self
    }

    /// Sets how often the tokens of event streams and long calls are validated again. Default: every 30 seconds.
    ///
    /// A stream ends, and a call is answered with `401`, when its token was revoked ([`Issuer::revoked`](crate::Issuer::revoked)), became inactive at its
    /// authorization server, or was signed with a key that its issuer withdrew. That takes one interval and the time of one validation. The check uses no
    /// cache, and fetches the issuer's keys if they are older than the interval. While an authorization server does not answer, streams go on.
    pub const fn stream_check_interval(mut self, interval: Duration) -> Self {
        self.stream_check_interval = interval;
        self
    }

    /// Whether clients of older revisions get sessions. A session is memory, so anonymous callers get none by default.
    pub(super) fn has_legacy(&self, allow_anonymous: bool) -> bool {
        self.legacy.unwrap_or(!allow_anonymous)
    }
}

/// What callers learn about operations that they may not use.
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

    /// Names only the baseline in a `401`, so that callers without a token do not learn what each tool requires. Clients then step up once more.
    pub const fn hide_requirements(mut self) -> Self {
        self.hide_requirements = true;
        self
    }

    /// Also names the scopes that the token has in a `403`: for clients that replace their scopes by those of a challenge instead of adding them (the
    /// TypeScript SDK v1, VS Code). The list is left out where it is longer than 2 KiB.
    pub const fn name_granted_scopes(mut self) -> Self {
        self.name_granted_scopes = true;
        self
    }

    /// Sets how lists show operations that a caller may not use. Default: like all others, so that clients can call them, learn which scopes they lack, and
    /// ask for them.
    pub const fn visibility(mut self, visibility: Visibility) -> Self {
        self.visibility = visibility;
        self
    }

    /// Sets the form in which tool calls are rejected. Default: HTTP `403`.
    pub const fn denial(mut self, denial: Denial) -> Self {
        self.denials.usual = denial;
        self
    }

    /// Chooses the form by client; `None` is the usual one.
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

/// What the protected resource metadata says about the server, in addition to what follows from its other settings (RFC 9728).
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ResourceMetadata {
    pub(super) name: Option<String>,
    pub(super) documentation: Option<String>,
}

impl ResourceMetadata {
    /// Returns the defaults.
    pub const fn new() -> Self {
        Self { name: None, documentation: None }
    }

    /// Sets a name for people (`resource_name`).
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the URL of the server's documentation (`resource_documentation`).
    pub fn documentation(mut self, url: impl Into<String>) -> Self {
        self.documentation = Some(url.into());
        self
    }
}

/// What operators can observe of a running server.
#[derive(Clone, Debug)]
#[must_use]
pub struct Observation {
    pub(super) health: bool,
}

impl Observation {
    /// Returns the defaults.
    pub const fn new() -> Self {
        Self { health: true }
    }

    /// Omits `/health` and `/health/ready`, for applications that have their own.
    pub const fn without_health(mut self) -> Self {
        self.health = false;
        self
    }
}
