use std::io;
use std::net::SocketAddr;

/// A failure to start the development server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevError {
    /// Other machines can reach the address. This server grants a token to any caller, so it listens on loopback only.
    #[error("invalid listen address {0}: expected a loopback address")]
    NotLoopback(SocketAddr),
    /// The path is not valid in an issuer.
    #[error("invalid issuer path {0:?}: expected segments of letters, digits, `-`, `_` and `~`, such as `/tenant1`")]
    IssuerPath(String),
    /// The operating system rejected the address.
    #[error("cannot listen on {address}")]
    Listen {
        /// The requested address.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
}
