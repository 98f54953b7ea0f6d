//! The identifier of the protected resource, and what follows from it (RFC 8707 section 2, RFC 9728 section 3).

use std::fmt;

use url::Url;

use super::is_loopback;
use super::is_secure;

/// The URL under which clients know this server. It is configured, never derived from a request.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct ResourceUrl {
    /// Exactly as configured: clients compare it by code point (RFC 9728 section 6).
    text: String,
    url: Url,
}

/// Why a text is no resource identifier.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidResource {
    /// It is no absolute URL.
    #[error("it is no absolute URL")]
    NotAUrl,
    /// It is `http` outside of loopback.
    #[error("tokens need TLS: use https, or http on a loopback address")]
    Insecure,
    /// It has a part that a resource identifier must not have.
    #[error("a resource identifier has no {0}")]
    Extra(&'static str),
    /// It is not in its canonical form, so clients would call the server by another name.
    #[error("clients would write it {0:?}: use that")]
    NotCanonical(String),
}

impl ResourceUrl {
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidResource> {
        let url = Url::parse(text).map_err(|_| InvalidResource::NotAUrl)?;
        if !url.has_host() {
            return Err(InvalidResource::NotAUrl);
        }
        if !is_secure(&url) {
            return Err(InvalidResource::Insecure);
        }
        for (there, part) in [
            (!url.username().is_empty() || url.password().is_some(), "user name or password"),
            (url.query().is_some(), "query"),
            (url.fragment().is_some(), "fragment"),
        ] {
            if there {
                return Err(InvalidResource::Extra(part));
            }
        }
        let canonical = url.as_str();
        if canonical != text && canonical.strip_suffix('/') != Some(text) {
            return Err(InvalidResource::NotCanonical(canonical.to_owned()));
        }
        Ok(Self { text: text.to_owned(), url })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Where the MCP endpoint is mounted.
    pub(crate) fn path(&self) -> &str {
        self.url.path()
    }

    /// `scheme://host[:port]`, as browsers write it in `Origin`.
    pub(crate) fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// The host without its port.
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }

    /// The path of the metadata: the well-known part goes between host and path, and a path that is only a slash is left out (RFC 9728 section 3.1).
    pub(crate) fn metadata_path(&self) -> String {
        let path = if self.path() == "/" { "" } else { self.path() };
        format!("/.well-known/oauth-protected-resource{path}")
    }

    /// The absolute URL of the metadata.
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
mod tests {
    use super::*;

    #[test]
    fn the_metadata_url_is_inserted_between_host_and_path() {
        for (resource, path, metadata) in [
            ("https://h", "/", "https://h/.well-known/oauth-protected-resource"),
            ("https://h/", "/", "https://h/.well-known/oauth-protected-resource"),
            ("https://h/mcp", "/mcp", "https://h/.well-known/oauth-protected-resource/mcp"),
            ("https://h/public/mcp", "/public/mcp", "https://h/.well-known/oauth-protected-resource/public/mcp"),
            ("https://h/mcp/", "/mcp/", "https://h/.well-known/oauth-protected-resource/mcp/"),
            ("http://127.0.0.1:8080/mcp", "/mcp", "http://127.0.0.1:8080/.well-known/oauth-protected-resource/mcp"),
            ("http://[::1]:8080/mcp", "/mcp", "http://[::1]:8080/.well-known/oauth-protected-resource/mcp"),
        ] {
            let parsed = ResourceUrl::parse(resource).unwrap();
            assert_eq!(parsed.as_str(), resource);
            assert_eq!(parsed.path(), path);
            assert_eq!(parsed.metadata_url(), metadata);
        }
    }

    #[test]
    fn what_is_no_resource_identifier() {
        for (resource, error) in [
            ("", InvalidResource::NotAUrl),
            ("/mcp", InvalidResource::NotAUrl),
            ("todo.example.com/mcp", InvalidResource::NotAUrl),
            ("urn:todo", InvalidResource::NotAUrl),
            ("http://todo.example.com/mcp", InvalidResource::Insecure),
            ("http://0.0.0.0:8080/mcp", InvalidResource::Insecure),
            ("https://h/mcp?x=1", InvalidResource::Extra("query")),
            ("https://h/mcp#x", InvalidResource::Extra("fragment")),
            ("https://user@h/mcp", InvalidResource::Extra("user name or password")),
            ("https://:pw@h/mcp", InvalidResource::Extra("user name or password")),
            ("https://H/mcp", InvalidResource::NotCanonical("https://h/mcp".into())),
            ("HTTPS://h/mcp", InvalidResource::NotCanonical("https://h/mcp".into())),
            ("https://h:443/mcp", InvalidResource::NotCanonical("https://h/mcp".into())),
            ("https://h/a/../mcp", InvalidResource::NotCanonical("https://h/mcp".into())),
            (" https://h/mcp", InvalidResource::NotCanonical("https://h/mcp".into())),
            ("https://h/m\"cp", InvalidResource::NotCanonical("https://h/m%22cp".into())),
        ] {
            assert_eq!(ResourceUrl::parse(resource), Err(error), "{resource:?}");
        }
    }
}
