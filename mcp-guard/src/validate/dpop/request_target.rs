//! The URL of a proof (RFC 9449 section 4.3, rule 9).

use iri_string::types::UriStr;

/// A URL without query and fragment, in normal form (RFC 3986 sections 6.2.2 and 6.2.3): case, percent-encoding, dot
/// segments and default port.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Target {
    scheme: String,
    host: String,
    port: u16,
    path: String,
}

impl Target {
    /// Parses an absolute `http` or `https` URL without user information. Returns `None` for every other input, also
    /// for texts that only browsers accept.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let normalized = UriStr::new(text).ok()?.normalize();
        normalized.ensure_rfc3986_normalizable().ok()?;
        let normalized = normalized.to_string();
        let uri = UriStr::new(&normalized).ok()?;
        let default_port = match uri.scheme_str() {
            "https" => 443,
            "http" => 80,
            _ => return None,
        };
        let authority = uri.authority_components()?;
        if authority.userinfo().is_some() || authority.host().is_empty() {
            return None;
        }
        let port = match authority.port() {
            None | Some("") => default_port,
            Some(port) => port.parse().ok()?,
        };
        let path = if uri.path_str().is_empty() { "/" } else { uri.path_str() };
        Some(Self {
            scheme: uri.scheme_str().to_owned(),
            host: authority.host().to_owned(),
            port,
            path: path.to_owned(),
        })
    }
}

/// The public URLs of requests. They are configured, never derived from a request.
#[derive(Clone, Debug)]
pub(super) enum RequestUrls {
    /// All requests are for this URL. A proxy may have changed their paths.
    One(Target),
    /// This text comes before the path of a request.
    Below(String),
}

impl RequestUrls {
    pub(super) fn one(url: &str) -> Option<Self> {
        Target::parse(url).map(Self::One)
    }

    pub(super) fn below(base: &str) -> Option<Self> {
        let has_more = base.contains(['?', '#']);
        Target::parse(base).filter(|_| !has_more).map(|_| Self::Below(base.trim_end_matches('/').to_owned()))
    }

    /// Returns the URL of a request with this path.
    pub(super) fn target(&self, path: &str) -> Option<Target> {
        match self {
            Self::One(target) => Some(target.clone()),
            // Without the slash, the path would extend the host.
            Self::Below(base) => path.starts_with('/').then(|| Target::parse(&format!("{base}{path}")))?,
        }
    }
}

#[cfg(test)]
mod tests;
