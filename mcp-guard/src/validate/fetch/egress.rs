//! The way of requests to authorization servers: the allowed networks, the trusted CAs and a proxy.

use std::fmt;

use url::Url;

use super::extra_roots::ExtraRoots;
use crate::urls::is_loopback;

/// The settings for all requests to an authorization server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Egress {
    /// Whether addresses of private networks are allowed.
    pub(crate) private_network: bool,
    /// CA certificates in addition to those of the system.
    pub(crate) roots: Option<ExtraRoots>,
    pub(crate) proxy: Option<EgressProxy>,
}

/// An HTTP proxy. It resolves the names of authorization servers, so their addresses are not checked.
#[derive(Clone)]
pub(crate) struct EgressProxy(Url);

impl EgressProxy {
    /// The expected form of the setting.
    pub(crate) const FORM: &str =
        "an http or https URL of a proxy with its port, like http://127.0.0.1:3128, without path, query and fragment";

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_http = matches!(url.scheme(), "http" | "https") && url.has_host();
        let is_origin = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        // reqwest ignores a proxy that it cannot parse like this.
        let is_usable = url.as_str().parse::<http::Uri>().is_ok_and(|uri| uri.authority().is_some());
        (is_http && is_origin && is_usable).then_some(Self(url))
    }

    /// Returns a proxy for all requests that leave this machine. A loopback URL names this machine, and would name
    /// another one at the proxy.
    pub(super) fn for_client(&self) -> reqwest::Proxy {
        let proxy = self.0.clone();
        reqwest::Proxy::custom(move |url| (!is_loopback(url)).then(|| proxy.clone()))
    }

    /// Returns whether `name` is the host of the proxy.
    pub(super) fn has_name(&self, name: &str) -> bool {
        self.0.domain() == Some(name)
    }
}

/// Writes the URL without the credentials.
impl fmt::Display for EgressProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.origin().ascii_serialization())
    }
}

impl fmt::Debug for EgressProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxy_is_an_http_origin_and_hides_credentials() {
        for (text, shown) in [
            ("http://127.0.0.1:3128", Some("http://127.0.0.1:3128")),
            ("http://proxy.example.com:3128/", Some("http://proxy.example.com:3128")),
            ("https://proxy.example.com", Some("https://proxy.example.com")),
            ("http://[::1]:3128", Some("http://[::1]:3128")),
            ("http://user:s3cret@proxy.example.com:3128", Some("http://proxy.example.com:3128")),
            ("127.0.0.1:3128", None),
            ("proxy.example.com", None),
            ("socks5://127.0.0.1:1080", None),
            ("http://proxy.example.com:3128/path", None),
            ("http://proxy.example.com:3128/?x", None),
            ("http://proxy.example.com:3128/#x", None),
            ("http://", None),
            ("", None),
        ] {
            let proxy = EgressProxy::parse(text);
            assert_eq!(proxy.as_ref().map(ToString::to_string).as_deref(), shown, "{text}");
            assert!(!format!("{proxy:?}").contains("s3cret"));
        }
    }
}
