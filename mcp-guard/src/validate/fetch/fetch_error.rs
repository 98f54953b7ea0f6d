//! Reasons for failed fetches.

use std::net::IpAddr;

use url::Url;

use super::failure::Failure;
use super::reply::MAX_BYTES;

/// A failed fetch.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// The URL is neither `https` nor on loopback.
    #[error("{0}: expected https, or http on loopback")]
    Insecure(Url),
    /// The network policy forbids the address of the server.
    #[error("{url} resolves to {address}, {reason}")]
    Forbidden {
        /// The requested URL.
        url: Url,
        /// The forbidden address, the first one if there are several.
        address: IpAddr,
        /// The reason, and the setting that allows the address if there is one.
        reason: &'static str,
    },
    /// HTTPS is not available.
    #[error(
        "no TLS backend: enable the `aws-lc-rs` feature, or install a rustls `CryptoProvider` before the server is built"
    )]
    NoTls,
    /// HTTPS needs CA certificates.
    #[error(
        "the system has no usable CA certificates ({reason}): install them (often the package ca-certificates), or call `.ca_file(..)` or set MCP_GUARD_CA_FILE"
    )]
    NoRoots {
        /// The cause that the HTTP client reports.
        reason: String,
    },
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built: {reason}")]
    Client {
        /// The cause that the HTTP client reports.
        reason: String,
    },
    /// The server cannot be reached, or the connection broke.
    #[error("{url} cannot be reached: {reason}")]
    Unreachable {
        /// The requested URL.
        url: Url,
        /// The kind of the failure.
        failure: Failure,
        /// The cause that the HTTP client reports, with advice.
        reason: String,
    },
    /// The server responded with another status than 200.
    #[error("{url} returned status {status}")]
    Status {
        /// The requested URL.
        url: Url,
        /// The status code.
        status: u16,
    },
    /// The document is larger than 1 MiB.
    #[error("{0} is larger than {MAX_BYTES} bytes")]
    TooLarge(Url),
    /// The document is not JSON, or is unsafe to parse.
    #[error("{0} did not return a valid JSON document")]
    NotJson(Url),
}

impl FetchError {
    /// Returns the kind of the failure.
    pub(crate) const fn failure(&self) -> Failure {
        match self {
            Self::Unreachable { failure, .. } => *failure,
            Self::Status { status, .. } => Failure::Status(*status),
            Self::Insecure(_)
            | Self::Forbidden { .. }
            | Self::NoTls
            | Self::NoRoots { .. }
            | Self::Client { .. }
            | Self::TooLarge(_)
            | Self::NotJson(_) => Failure::Invalid,
        }
    }

    /// Returns whether all URLs of the server fail with this error.
    pub(in crate::validate) const fn concerns_every_url(&self) -> bool {
        match self {
            Self::NoTls | Self::NoRoots { .. } | Self::Client { .. } | Self::Forbidden { .. } => true,
            Self::Unreachable { failure, .. } => failure.is_of_host(),
            Self::Insecure(_) | Self::Status { .. } | Self::TooLarge(_) | Self::NotJson(_) => false,
        }
    }
}
