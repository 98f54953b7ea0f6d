//! The kinds of failed requests to an issuer.

use std::fmt;

use super::cause::{LookupError, cause, innermost};

/// The kind of a failed request to an issuer. Its text is public: it contains no URL and no data of a response.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Failure {
    /// The host name has no address.
    Unresolved,
    /// No connection was made.
    Connection,
    /// The connection broke, or the response is not HTTP.
    Broken,
    /// The issuer did not respond in time.
    Timeout,
    /// The issuer responded with another status than 200.
    Status(u16),
    /// The certificate of the issuer is not trusted, has expired, or names another host.
    Certificate,
    /// The proxy requires other credentials.
    ProxyCredentials,
    /// The configuration or the response is invalid.
    Invalid,
}

impl Failure {
    /// Returns the kind of an error of the HTTP client.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        if is_certificate(error) {
            Self::Certificate
        } else if is_proxy_credentials(error) {
            Self::ProxyCredentials
        } else if cause::<LookupError>(error).is_some() {
            Self::Unresolved
        } else if error.is_connect() {
            Self::Connection
        } else if error.is_timeout() {
            Self::Timeout
        } else {
            Self::Broken
        }
    }

    /// Returns the name of the kind, for metrics.
    pub(in crate::validate) const fn as_str(self) -> &'static str {
        match self {
            Self::Unresolved => "unresolved",
            Self::Connection => "connection",
            Self::Broken => "broken",
            Self::Timeout => "timeout",
            Self::Status(_) => "status",
            Self::Certificate => "certificate",
            Self::ProxyCredentials => "proxy_credentials",
            Self::Invalid => "invalid",
        }
    }

    /// Returns whether the same request may succeed later, without a change of the configuration.
    pub(crate) const fn is_temporary(self) -> bool {
        match self {
            Self::Unresolved | Self::Connection | Self::Broken | Self::Timeout => true,
            Self::Status(status) => status >= 500 || status == 429,
            Self::Certificate | Self::ProxyCredentials | Self::Invalid => false,
        }
    }

    /// Returns whether every other request to the same host would fail too.
    pub(in crate::validate) const fn is_of_host(self) -> bool {
        matches!(self, Self::Unresolved | Self::Connection | Self::Certificate | Self::ProxyCredentials)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unresolved => "the host name cannot be resolved",
            Self::Connection => "no connection",
            Self::Broken => "the connection broke",
            Self::Timeout => "no response in time",
            Self::Status(status) => return write!(f, "status {status}"),
            Self::Certificate => "untrusted certificate",
            Self::ProxyCredentials => "the proxy requires other credentials",
            Self::Invalid => "invalid response or configuration",
        })
    }
}

#[cfg(any(feature = "aws-lc-rs", feature = "rustls-no-provider"))]
fn is_certificate(error: &reqwest::Error) -> bool {
    matches!(cause(error), Some(rustls::Error::InvalidCertificate(_)))
}

/// Without TLS, there are no certificates.
#[cfg(not(any(feature = "aws-lc-rs", feature = "rustls-no-provider")))]
const fn is_certificate(_: &reqwest::Error) -> bool {
    false
}

/// The type of this error is private.
fn is_proxy_credentials(error: &reqwest::Error) -> bool {
    error.is_connect() && innermost(error).ends_with("proxy authorization required")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_outages_are_temporary() {
        for (failure, is_temporary) in [
            (Failure::Unresolved, true),
            (Failure::Connection, true),
            (Failure::Broken, true),
            (Failure::Timeout, true),
            (Failure::Status(500), true),
            (Failure::Status(503), true),
            (Failure::Status(429), true),
            (Failure::Status(204), false),
            (Failure::Status(302), false),
            (Failure::Status(401), false),
            (Failure::Status(404), false),
            (Failure::Certificate, false),
            (Failure::ProxyCredentials, false),
            (Failure::Invalid, false),
        ] {
            assert_eq!(failure.is_temporary(), is_temporary, "{failure}");
        }
    }
}
