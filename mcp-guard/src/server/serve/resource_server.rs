//! A built server, and the ways to use it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::orders::Order;
use super::server::Server;
use super::tls::Tls;
use super::{Connections, TrustedProxies, accept};
use crate::server::server_settings::TlsFiles;
use crate::server::{EnvConfig, EnvError, NoTools, ResourceServerBuilder};
use crate::urls::ResourceUrl;
use crate::validate::TokenCacheHandle;

/// Where [`ResourceServer::run`] listens unless told otherwise.
const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
/// How long requests under way may take once the server is asked to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long connections that were told to end at once may take. They only have to be scheduled.
const DROP_TIMEOUT: Duration = Duration::from_secs(1);
/// How much of a response is buffered for a connection, or for an HTTP/2 stream, in bytes.
pub(super) const BUFFER: usize = 64 * 1024;

/// An MCP server that is an OAuth 2.1 resource server. Serve it, or merge its router into an application.
///
/// ```no_run
/// use mcp_guard::ResourceServer;
/// use mcp_guard::prelude::*;
///
/// #[derive(Clone)]
/// struct Clock;
///
/// #[guarded_tools]
/// impl Clock {
///     /// Tell the time.
///     #[guarded_tool(scope = "clock:read")]
///     fn time(&self) -> String {
///         format!("{:?}", std::time::SystemTime::now())
///     }
/// }
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// ResourceServer::builder("https://clock.example.com/mcp")
///     .issuer("https://auth.example.com")
///     .tools(Clock)
///     .build()
///     .await?
///     .serve(([0, 0, 0, 0], 8080))
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a server does nothing until it is served or its router is used"]
pub struct ResourceServer {
    router: Router,
    cache_handle: TokenCacheHandle,
    stop: CancellationToken,
    resource_is_loopback_http: bool,
    serving: Serving,
}

/// The settings of the methods that serve.
#[derive(Debug)]
pub(in crate::server) struct Serving {
    pub(in crate::server) listen: Option<SocketAddr>,
    pub(in crate::server) tls: Option<TlsFiles>,
    pub(in crate::server) connections: Connections,
    pub(in crate::server) trusted_proxies: TrustedProxies,
}

/// Why a server does not serve, or stopped.
#[derive(thiserror::Error)]
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

debug_as_display!(ServeError);

impl ResourceServer {
    /// Configures a server that clients know by the URL `resource`. Tokens must be issued for exactly this text (RFC 8707), and the MCP endpoint is mounted
    /// at its path.
    pub fn builder(resource: impl Into<String>) -> ResourceServerBuilder<NoTools> {
        ResourceServerBuilder::new(resource.into())
    }

    /// Configures a server with the `MCP_GUARD_*` variables of the environment. See [`EnvConfig`] for their names.
    ///
    /// # Errors
    ///
    /// [`EnvError`] names every variable that is missing, wrong or unknown.
    pub fn from_env() -> Result<ResourceServerBuilder<NoTools>, EnvError> {
        EnvConfig::read()?.builder()
    }

    pub(in crate::server) fn new(
        router: Router,
        cache_handle: TokenCacheHandle,
        stop: CancellationToken,
        resource: &ResourceUrl,
        serving: Serving,
    ) -> Self {
        let resource_is_loopback_http = resource.is_loopback() && resource.origin().starts_with("http:");
        Self { router, cache_handle, stop, resource_is_loopback_http, serving }
    }

    /// Returns a handle that removes tokens from the caches of all issuers, so that they are validated again. A custom validator has its own.
    #[must_use]
    pub fn cache_handle(&self) -> TokenCacheHandle {
        self.cache_handle.clone()
    }

    /// An axum router with the MCP endpoint, its metadata and the health routes, to merge into an application with routes, state and middleware of
    /// its own. Everything that guards the endpoint is inside.
    ///
    /// # Security
    ///
    /// Do not wrap this router in middleware that rewrites bodies or the headers that mcp-guard reads.
    pub fn into_router(self) -> Router {
        self.router
    }

    /// Cancelling this token ends every stream and session of the server; `serve` and `run` do it when they stop.
    #[must_use]
    pub fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Serves on the address of [`listen`](ResourceServerBuilder::listen) or `MCP_GUARD_LISTEN`, else on `127.0.0.1:8080`.
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
    pub async fn serve(self, address: impl Into<SocketAddr>) -> Result<(), ServeError> {
        let address = address.into();
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
