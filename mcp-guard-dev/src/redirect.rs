//! Rules for redirect URIs: which URIs a client may register, and to which URI the server sends a code.

use url::{Host, Url};

/// Schemes that browsers handle themselves, without passing the code to an application.
const REJECTED_SCHEMES: [&str; 7] = ["about", "blob", "data", "file", "ftp", "javascript", "vbscript"];

/// Returns whether a client may register this URI: https, http on loopback, or a private-use scheme (RFC 8252 §7).
pub(crate) fn may_be_registered(redirect_uri: &str) -> bool {
    parse(redirect_uri).is_some_and(|url| match url.scheme() {
        "https" => true,
        "http" => is_loopback(&url),
        scheme => !REJECTED_SCHEMES.contains(&scheme),
    })
}

/// Returns whether the server may send a code to this URI.
///
/// A registered client must use one of its URIs exactly, except for the port on loopback (RFC 8252 §7.3).
/// An unregistered client must use a URI on loopback.
pub(crate) fn is_allowed(redirect_uri: &str, registered: Option<&[String]>) -> bool {
    let Some(url) = parse(redirect_uri) else { return false };
    match registered {
        None => is_loopback(&url),
        Some(registered) => registered.iter().any(|one| one == redirect_uri || differs_in_loopback_port(one, &url)),
    }
}

/// Adds parameters to the query, and keeps the rest of the URI unchanged.
pub(crate) fn with_params(redirect_uri: &str, params: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
    let separator = if redirect_uri.contains('?') { '&' } else { '?' };
    format!("{redirect_uri}{separator}{query}")
}

/// Parses an absolute URI without a fragment. Requires printable ASCII, so that all parsers read the same URI.
fn parse(redirect_uri: &str) -> Option<Url> {
    let plain = redirect_uri.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let url = Url::parse(redirect_uri).ok().filter(|_| plain)?;
    let bare = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    bare.then_some(url)
}

fn differs_in_loopback_port(registered: &str, presented: &Url) -> bool {
    let without_port = |url: &Url| {
        let mut url = url.clone();
        is_loopback(&url).then(|| url.set_port(None)).map(|_| url)
    };
    let registered = parse(registered).as_ref().and_then(without_port);
    registered.is_some() && registered == without_port(presented)
}

fn is_loopback(url: &Url) -> bool {
    url.scheme() == "http"
        && match url.host() {
            Some(Host::Domain(domain)) => domain == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
}

#[cfg(test)]
mod tests;
