//! The hosts, web origins and proxies that a server accepts.

use crate::config::Setting;

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
    pub(in crate::server) allowed_origins: Option<Vec<String>>,
    pub(in crate::server) allowed_hosts: Option<Vec<String>>,
    pub(in crate::server) trusted_proxies: Option<Vec<String>>,
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
    /// [`Connections::max_per_address`](crate::settings::Connections::max_per_address). Both headers are read from the right,
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
    pub(in crate::server) fn settings(&self) -> impl Iterator<Item = Setting> {
        [
            (Setting::AllowedOrigins, &self.allowed_origins),
            (Setting::AllowedHosts, &self.allowed_hosts),
            (Setting::TrustedProxies, &self.trusted_proxies),
        ]
        .into_iter()
        .filter_map(|(setting, value)| value.as_ref().map(|_| setting))
    }

    /// Uses the values of `earlier` for settings that are not set.
    pub(in crate::server) fn or(self, earlier: Self) -> Self {
        Self {
            allowed_origins: self.allowed_origins.or(earlier.allowed_origins),
            allowed_hosts: self.allowed_hosts.or(earlier.allowed_hosts),
            trusted_proxies: self.trusted_proxies.or(earlier.trusted_proxies),
        }
    }
}

fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Option<Vec<String>> {
    Some(texts.into_iter().map(Into::into).collect())
}
