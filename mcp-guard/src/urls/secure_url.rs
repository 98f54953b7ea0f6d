//! Rules for URLs that receive tokens or credentials, or serve keys.

use std::net::IpAddr;

use url::{Host, Url};

/// The only host name that counts as loopback (RFC 6761 section 6.3).
pub(crate) const LOCALHOST: &str = "localhost";

/// Returns whether tokens and keys may travel to this URL: https, or http on loopback.
pub(crate) fn is_secure(url: &Url) -> bool {
    url.scheme() == "https" || url.scheme() == "http" && is_loopback(url)
}

/// Returns whether this URL is a valid endpoint: secure, without credentials and without a fragment.
pub(crate) fn is_endpoint(url: &Url) -> bool {
    is_secure(url) && is_plain(url)
}

/// Returns whether a URL has neither credentials nor a fragment. Credentials would be sent and logged.
pub(crate) fn is_plain(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none() && url.fragment().is_none()
}

/// Returns whether the host of the URL is loopback.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        Some(Host::Domain(name)) => name == LOCALHOST,
        None => false,
    }
}

/// Returns whether a text is an issuer identifier (RFC 8414 section 2). Allows http on loopback.
pub(crate) fn is_issuer(issuer: &str) -> bool {
    // The URL parser accepts texts that cannot equal an `iss`, such as a text with a trailing line break.
    let has_issuer_form = issuer.bytes().all(|byte| byte.is_ascii_graphic())
        && (issuer.starts_with("https://") || issuer.starts_with("http://"));
    Url::parse(issuer).is_ok_and(|url| has_issuer_form && is_endpoint(&url) && url.query().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_and_loopback_are_secure() {
        for (url, secure) in [
            ("https://auth.example.com/x", true),
            ("http://127.0.0.1:8081/x", true),
            ("http://[::1]:8081/x", true),
            ("http://localhost/x", true),
            ("http://auth.example.com/x", false),
            ("http://localhost.example.com/x", false),
            ("http://127.0.0.1.example.com/x", false),
            ("http://10.0.0.1/x", false),
            ("ftp://127.0.0.1/x", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(is_secure(&Url::parse(url).unwrap()), secure, "{url}");
        }
    }
}
