//! A built server, and the ways to use it.
//!
//! `accept` takes connections within their limits, `connection_task` serves one of them, and `requests` answers its requests.

mod accept;
mod activity;
mod addresses;
mod body;
mod connection;
mod connection_task;
mod forwarded;
mod in_progress;
mod io;

mod limits;
mod orders;
mod proxies;
mod registry;
mod requests;
mod server;
mod streams;
mod tls;

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::orders::Order;
use self::server::Server;
use self::tls::Tls;
use super::settings::TlsFiles;
use crate::urls::ResourceUrl;

pub use limits::Connections;

pub(super) use proxies::TrustedProxies;

/// Where [`GuardedService::run`] listens unless told otherwise.
const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
/// How long requests under way may take once the server is asked to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long connections that were told to end at once may take. They only have to be scheduled.
const DROP_TIMEOUT: Duration = Duration::from_secs(1);
/// How much of a response is buffered for a connection, or for an HTTP/2 stream, in bytes.
const BUFFER: usize = 64 * 1024;

/// A server that passed every check. Serve it, or merge its router into an application.
#[derive(Debug)]
#[must_use = "a server does nothing until it is served or its router is used"]
pub struct GuardedService {
    router: Router,
    stop: CancellationToken,
    resource_is_loopback_http: bool,
    serving: Serving,
}

/// The settings of the methods that serve.
#[derive(Debug)]
pub(super) struct Serving {
    pub(super) listen: Option<SocketAddr>,
    pub(super) tls: Option<TlsFiles>,
    pub(super) connections: Connections,
    pub(super) trusted_proxies: TrustedProxies,
}

/// Why a server does not serve, or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The resource is known as a plain `http` URL on loopback, and the address is for the network: tokens would travel in the clear.
    #[error(
        "{address} is not a loopback address, but clients know this server by a plain http URL: use an https resource URL, or listen on 127.0.0.1"
    )]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// The certificate or its key cannot be used.
    #[error("TLS cannot use the certificate {} and the key {}: {source}", certificate.display(), key.display())]
    Tls {
        /// The certificate file.
        certificate: PathBuf,
        /// The key file.
        key: PathBuf,
        /// What is wrong with them.
        source: std::io::Error,
    },
    /// TLS is configured, and no [`CryptoProvider`](https://docs.rs/rustls/latest/rustls/crypto/struct.CryptoProvider.html) is there to speak it.
    #[error(
        "TLS needs a rustls CryptoProvider: install one as the process default, or enable mcp-guard's `aws-lc-rs` feature"
    )]
    CryptoProvider,
    /// Accepting connections failed.
    #[error("the server stopped: {0}")]
    Stopped(#[from] std::io::Error),
}

impl GuardedService {
    pub(super) fn new(router: Router, stop: CancellationToken, resource: &ResourceUrl, serving: Serving) -> Self {
        let resource_is_loopback_http = resource.is_loopback() && resource.origin().starts_with("http:");
        Self { router, stop, resource_is_loopback_http, serving }
    }

    /// An axum router with the MCP endpoint, its metadata and the health routes, to merge into an application with routes, state and middleware of
    /// its own. Everything that guards the endpoint is inside.
    ///
    /// # Security
    ///
    /// Middleware that rewrites bodies, or the headers that mcp-guard reads, belongs inside of nothing: leave this router alone.
    pub fn into_router(self) -> Router {
        self.router
    }

    /// Cancelling this token ends every stream and session of the server; `serve` and `run` do it when they stop.
    #[must_use]
    pub fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Serves on the address of [`listen`](super::ResourceServerBuilder::listen) or `MCP_GUARD_LISTEN`, else on `127.0.0.1:8080`.
    ///
    /// # Errors
    ///
    /// As [`serve`](Self::serve).
    pub async fn run(self) -> Result<(), ServeError> {
        let address = self.serving.listen.unwrap_or(DEFAULT_LISTEN);
        self.serve(address).await
    }

    /// Serves on `address` until Ctrl-C or SIGTERM, then lets the requests under way finish.
    ///
    /// # Errors
    ///
    /// [`ServeError`] when the address or the certificate cannot be used, or when accepting connections fails.
    pub async fn serve(self, address: SocketAddr) -> Result<(), ServeError> {
        let listener = TcpListener::bind(address).map_err(|source| ServeError::Listen { address, source })?;
        self.serve_until(listener, signal()).await
    }

    /// Serves on a listener until `shutdown` is ready, then lets the requests under way finish.
    ///
    /// # Errors
    ///
    /// As [`serve`](Self::serve).
    pub async fn serve_until(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        let address = listener.local_addr()?;
        if self.resource_is_loopback_http && !address.ip().is_loopback() {
            return Err(ServeError::NotLoopback { address });
        }
        let Serving { tls, connections: limits, trusted_proxies, .. } = self.serving;
        let tls = tls.as_ref().map(Tls::load).transpose()?;
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        tracing::info!(%address, "listening");
        let server = Server::new(self.router, tls, limits, trusted_proxies);
        let connections = TaskTracker::new();
        accept::accept(listener, &server, &connections, pin!(shutdown)).await;

        tracing::info!("stopping");
        self.stop.cancel();
        connections.close();
        server.registry.give_all(Order::Close);
        if tokio::time::timeout(GRACE, connections.wait()).await.is_err() {
            server.registry.give_all(Order::Drop);
            // A request that never yields cannot be dropped, and must not keep the server from stopping.
            let _ = tokio::time::timeout(DROP_TIMEOUT, connections.wait()).await;
        }
        Ok(())
    }
}

/// Ready when the process is asked to stop.
async fn signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a handler the default one ends the process.
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_address_nobody_but_this_machine_is_served() {
        assert!(DEFAULT_LISTEN.ip().is_loopback());
    }
}
