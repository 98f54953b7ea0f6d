use std::io;
use std::net::SocketAddr;

/// Says why the development server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevError {
    /// The address can be reached from other machines, and this server gives a token to anyone who asks.
    #[error("refusing to listen on {0}: the development authorization server listens on loopback only")]
    NotLoopback(SocketAddr),
    /// The path cannot be part of an issuer.
    #[error("{0:?} is not an issuer path: write segments of letters, digits, `-`, `_` and `~`, like `/tenant1`")]
    IssuerPath(String),
    /// The operating system refused the address.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
}
