//! The errors of serving.

use std::net::SocketAddr;
use std::path::PathBuf;

/// The reason why a server cannot serve, or stopped.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The server cannot listen on the address.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The server cannot listen on the address for metrics.
    #[error(
        "cannot listen on {address} (MCP_GUARD_METRICS_LISTEN), the address of `Observation::metrics_listen`: {source}"
    )]
    Metrics {
        /// The address.
        address: SocketAddr,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The address is not loopback, and neither TLS nor plain HTTP is configured: tokens would travel unencrypted.
    #[error(
        "cannot serve plain HTTP at {address}: configure TLS with `ResourceServerBuilder::tls` (MCP_GUARD_TLS_CERT, MCP_GUARD_TLS_KEY), or `ResourceServerBuilder::allow_plain_http` (MCP_GUARD_ALLOW_PLAIN_HTTP=true) behind a proxy that terminates TLS, or in a container whose port is published on loopback"
    )]
    PlainHttp {
        /// The address.
        address: SocketAddr,
    },
    /// The certificate or its key is invalid.
    #[error(
        "cannot use the TLS certificate {} (MCP_GUARD_TLS_CERT) with the key {} (MCP_GUARD_TLS_KEY), the files of `ResourceServerBuilder::tls`: {source}",
        certificate.display(), key.display()
    )]
    Tls {
        /// The certificate file.
        certificate: PathBuf,
        /// The key file.
        key: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// TLS is configured without a
    /// [`CryptoProvider`](https://docs.rs/rustls/latest/rustls/crypto/struct.CryptoProvider.html).
    #[error(
        "TLS needs a rustls CryptoProvider: install one as the process default, or enable mcp-guard's `aws-lc-rs` feature"
    )]
    CryptoProvider,
    /// A start hook failed ([`Lifespan::on_start`](crate::settings::Lifespan::on_start)).
    #[error("the server did not start: {0}")]
    Start(Box<dyn std::error::Error + Send + Sync>),
    /// Accepting connections failed.
    #[error("the server stopped: {0}")]
    Stopped(#[from] std::io::Error),
}

debug_as_display!(ServeError);
