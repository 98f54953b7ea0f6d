//! The URLs of the issuer and its endpoints.

use std::net::SocketAddr;

use crate::error::DevError;

/// The issuer and the URLs derived from it.
#[derive(Clone, Debug)]
pub(crate) struct Endpoints {
    pub(crate) issuer: String,
    pub(crate) path: IssuerPath,
    pub(crate) authorization: String,
    pub(crate) introspection: String,
    pub(crate) jwks: String,
    pub(crate) registration: String,
    pub(crate) token: String,
}

impl Endpoints {
    pub(crate) fn new(address: SocketAddr, path: IssuerPath) -> Self {
        let issuer = format!("http://{address}{}", path.0);
        Self {
            authorization: format!("{issuer}/authorize"),
            introspection: format!("{issuer}/introspect"),
            jwks: format!("{issuer}/jwks"),
            registration: format!("{issuer}/register"),
            token: format!("{issuer}/token"),
            path,
            issuer,
        }
    }
}

/// The path of the issuer: empty, or segments that need no normalization in URLs, routes and comparisons.
#[derive(Clone, Debug)]
pub(crate) struct IssuerPath(String);

impl IssuerPath {
    pub(crate) fn new(path: String) -> Result<Self, DevError> {
        let is_segment = |segment: &str| {
            segment.bytes().any(|byte| byte != b'.')
                && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
        };
        let well_formed =
            path.is_empty() || path.strip_prefix('/').is_some_and(|segments| segments.split('/').all(is_segment));
        if well_formed { Ok(Self(path)) } else { Err(DevError::IssuerPath(path)) }
    }

    /// The path of an endpoint, such as `/tenant1/token`.
    pub(crate) fn join(&self, endpoint: &str) -> String {
        format!("{}{endpoint}", self.0)
    }

    /// The path of a well-known document with the issuer's path after it (RFC 8414 §3.1).
    pub(crate) fn inserted(&self, well_known: &str) -> String {
        format!("{well_known}{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_path_requires_plain_segments() {
        for good in ["", "/tenant1", "/a/b-c_d.e~f"] {
            assert!(IssuerPath::new(good.to_owned()).is_ok(), "{good:?} was rejected");
        }
        for bad in ["/", "tenant1", "/tenant1/", "//a", "/a//b", "/a/../b", "/.", "/{id}", "/a b", "/a?b", "/a#b", "/ä"]
        {
            assert!(IssuerPath::new(bad.to_owned()).is_err(), "{bad:?} passed");
        }
    }

    #[test]
    fn issuer_has_path_without_trailing_slash() {
        let endpoints = |address: &str, path: &str| {
            Endpoints::new(address.parse().unwrap(), IssuerPath::new(path.to_owned()).unwrap())
        };
        assert_eq!(endpoints("127.0.0.1:8081", "").issuer, "http://127.0.0.1:8081");
        assert_eq!(endpoints("[::1]:8081", "/t").issuer, "http://[::1]:8081/t");
        assert_eq!(endpoints("127.0.0.1:8081", "/t").token, "http://127.0.0.1:8081/t/token");
    }
}
