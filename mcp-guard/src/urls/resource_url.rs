//! The resource URL, and the metadata URL that follows from it (RFC 8707 section 2, RFC 9728 section 3).

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};

use url::{Host, Url};

use super::{is_loopback, is_secure};
use crate::config::{ConfigError, Setting};

/// The resource URL, as clients use it. It is configured, never derived from a request.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct ResourceUrl {
    /// Exactly as configured: clients compare it by code point (RFC 9728 section 6).
    text: String,
    url: Url,
}

impl ResourceUrl {
    pub(crate) fn parse(text: &str) -> Result<Self, ConfigError> {
        let not_a_url =
            || ConfigError::hidden(Setting::Resource, "an absolute URL like \"https://todo.example.com/mcp\"");
        let url = Url::parse(text).ok().filter(Url::has_host).ok_or_else(not_a_url)?;
        for (is_present, part) in [
            (!url.username().is_empty() || url.password().is_some(), "user name or password"),
            (url.query().is_some(), "query"),
            (url.fragment().is_some(), "fragment"),
        ] {
            if is_present {
                return Err(ConfigError::hidden(Setting::Resource, format!("a URL without a {part}")));
            }
        }
        let invalid = |expected| ConfigError::invalid(Setting::Resource, text, expected);
        if !is_secure(&url) {
            return Err(invalid("https, or http on loopback".to_owned()));
        }
        let canonical = url.as_str();
        if canonical != text && canonical.strip_suffix('/') != Some(text) {
            return Err(invalid(format!("the canonical form {canonical:?}")));
        }
        Ok(Self { text: text.to_owned(), url })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the path of the MCP endpoint.
    pub(crate) fn path(&self) -> &str {
        self.url.path()
    }

    /// Returns `scheme://host[:port]`, in the form of the `Origin` header.
    pub(crate) fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// Returns the host without its port.
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }

    /// Returns the address where clients reach a resource on loopback. A name such as `localhost` stands for 127.0.0.1.
    pub(crate) fn loopback_address(&self) -> Option<SocketAddr> {
        let ip = match self.url.host()? {
            Host::Ipv4(ip) => ip.into(),
            Host::Ipv6(ip) => ip.into(),
            Host::Domain(_) => Ipv4Addr::LOCALHOST.into(),
        };
        let port = self.url.port_or_known_default()?;
        self.is_loopback().then(|| SocketAddr::new(ip, port))
    }

    /// Returns the path of the metadata. The well-known part is inserted between host and path, and a path of only a
    /// slash is omitted (RFC 9728 section 3.1).
    pub(crate) fn metadata_path(&self) -> String {
        let path = if self.path() == "/" { "" } else { self.path() };
        format!("/.well-known/oauth-protected-resource{path}")
    }

    /// Returns the absolute URL of the metadata.
    pub(crate) fn metadata_url(&self) -> String {
        format!("{}{}", self.origin(), self.metadata_path())
    }
}

impl fmt::Debug for ResourceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

#[cfg(test)]
mod tests;
