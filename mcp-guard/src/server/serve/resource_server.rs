//! A built server.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::orders::Order;
use super::server::Server;
use super::tls::Tls;
use super::{Connections, TrustedProxies, accept, signals};
use crate::server::RouteGuard;
use crate::server::server_settings::TlsFiles;
use crate::server::{EnvConfig, EnvError, NoTools, ResourceServerBuilder};
use crate::validate::TokenCacheHandle;

/// The default address of [`ResourceServer::run`].
const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
/// The maximum time for requests in progress after the server is asked to stop.
const GRACE: Duration = Duration::from_secs(10);
/// The maximum time for dropping connections. Their tasks only have to be scheduled.
const DROP_TIMEOUT: Duration = Duration::from_secs(1);
/// The response buffer of a connection or an HTTP/2 stream, in bytes.
pub(super) const BUFFER: usize = 64 * 1024;

/// An MCP server that is an OAuth 2.1 resource server. [`serve`](Self::serve) it, or merge its
/// [router](Self::into_router) into an application.
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
///     .serve(([127, 0, 0, 1], 8080))
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a server does nothing until it is served or its router is used"]
pub struct ResourceServer {
    routes: ServerRoutes,
    cache_handle: TokenCacheHandle,
    stop: CancellationToken,
    serving: Serving,
}

/// The routes of a server, and the guard for those of an application.
#[derive(Debug)]
pub(in crate::server) struct ServerRoutes {
    /// The MCP endpoint and its metadata.
    pub(in crate::server) router: Router,
    pub(in crate::server) health: Router,
    pub(in crate::server) guard: RouteGuard,
}

/// The settings of the methods that serve.
#[derive(Debug)]
pub(in crate::server) struct Serving {
    pub(in crate::server) listen: Option<SocketAddr>,
    pub(in crate::server) tls: Option<TlsFiles>,
    pub(in crate::server) allow_plain_http: bool,
    pub(in crate::server) connections: Connections,
    pub(in crate::server) trusted_proxies: TrustedProxies,
    pub(in crate::server) max_token_bytes: usize,
}

impl Serving {
    /// Loads the certificate, if one is configured. Rejects an address where tokens would travel unencrypted.
    fn tls(&self, address: SocketAddr) -> Result<Option<Tls>, ServeError> {
        if self.tls.is_none() && !self.allow_plain_http && !address.ip().is_loopback() {
            return Err(ServeError::PlainHttp { address });
        }
        self.tls.as_ref().map(Tls::load).transpose()
    }
}

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
    /// Accepting connections failed.
    #[error("the server stopped: {0}")]
    Stopped(#[from] std::io::Error),
}

debug_as_display!(ServeError);

impl ResourceServer {
    /// Returns a builder for a server with the resource URL `resource`. Tokens must be issued for exactly this text
    /// (RFC 8707). The MCP endpoint is mounted at its path.
    pub fn builder(resource: impl Into<String>) -> ResourceServerBuilder<NoTools> {
        ResourceServerBuilder::new(resource.into())
    }

    /// Returns a builder with the settings of the `MCP_GUARD_*` environment variables. See [`EnvConfig`] for their
    /// names.
    ///
    /// # Errors
    ///
    /// [`EnvError`] names every variable that is missing, invalid or unknown.
    pub fn from_env() -> Result<ResourceServerBuilder<NoTools>, EnvError> {
        EnvConfig::read()?.builder()
    }

    pub(in crate::server) fn new(
        routes: ServerRoutes,
        cache_handle: TokenCacheHandle,
        stop: CancellationToken,
        serving: Serving,
    ) -> Self {
        Self { routes, cache_handle, stop, serving }
    }

    /// Returns a handle that removes tokens from the caches of all issuers, so that they are validated again. The cache
    /// of a custom validator is not included.
    #[must_use]
    pub fn cache_handle(&self) -> TokenCacheHandle {
        self.cache_handle.clone()
    }

    /// Returns an axum router with the MCP endpoint and its metadata. The router includes all layers that protect the
    /// endpoint.
    ///
    /// Its routes are the paths of the public URLs, so merge it into an application instead of nesting it:
    ///
    /// ```
    /// use axum::Router;
    /// use axum::routing::get;
    /// use mcp_guard::ResourceServer;
    ///
    /// fn app(server: ResourceServer) -> Router {
    ///     // For the resource URL https://todo.example.com/api/mcp, the endpoint is at /api/mcp.
    ///     Router::new().route("/api/todos", get(|| async { "[]" })).merge(server.into_router())
    /// }
    /// ```
    ///
    /// - [`Router::nest`] removes a prefix of the path, like a proxy does. A nested server needs
    ///   [`mount_path`](ResourceServerBuilder::mount_path) for its endpoint and
    ///   [`metadata_url`](ResourceServerBuilder::metadata_url) for its metadata, which nesting moves as well.
    /// - In an application with state, call [`Router::with_state`] on the returned router first: `.with_state(())`.
    /// - Several guarded servers can be merged, each with its own resource URL, keys and sessions.
    /// - [`route_guard`](Self::route_guard) guards the other routes of the application, [`health_router`](Self::health_router)
    ///   has the health routes.
    ///
    /// # Security
    ///
    /// Do not wrap this router in middleware that rewrites bodies or the headers that mcp-guard reads.
    pub fn into_router(self) -> Router {
        self.routes.router
    }

    /// Returns the routes `/health` and `/health/ready`, which [`into_router`](Self::into_router) does not include: an
    /// application has its own, or merges those of one of its servers. `serve` and `run` include them.
    pub fn health_router(&self) -> Router {
        self.routes.health.clone()
    }

    /// Returns a guard for other routes of the application, with the rules of this server.
    pub fn route_guard(&self) -> RouteGuard {
        self.routes.guard.clone()
    }

    /// Returns a token whose cancellation ends all streams and sessions of the server. `serve` and `run` cancel it when
    /// they stop.
    #[must_use]
    pub fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Serves on the address of [`listen`](ResourceServerBuilder::listen) or `MCP_GUARD_LISTEN`. Default:
    /// `127.0.0.1:8080`.
    ///
    /// # Errors
    ///
    /// Like [`serve`](Self::serve).
    pub async fn run(self) -> Result<(), ServeError> {
        let address = self.serving.listen.unwrap_or(DEFAULT_LISTEN);
        self.serve_at(address).await
    }

    /// Serves on `address` until Ctrl-C or SIGTERM. Requests in progress then have 10 seconds to finish.
    ///
    /// With [`tls`](ResourceServerBuilder::tls), SIGHUP loads the certificate again.
    ///
    /// # Errors
    ///
    /// [`ServeError`] if the address or the certificate cannot be used, or if accepting connections fails.
    pub async fn serve(self, address: impl Into<SocketAddr>) -> Result<(), ServeError> {
        self.serve_at(address.into()).await
    }

    /// Serves on `listener` until `shutdown` is ready. Requests in progress then have 10 seconds to finish.
    ///
    /// # Errors
    ///
    /// Like [`serve`](Self::serve).
    pub async fn serve_until(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        self.serve_on(listener, Box::pin(shutdown)).await
    }

    // The functions below box their futures, so that these are compiled with this crate: the code of an `async fn` is
    // compiled in each crate that awaits it.

    fn serve_at(self, address: SocketAddr) -> BoxFuture<'static, Result<(), ServeError>> {
        Box::pin(async move {
            let tls = self.serving.tls(address)?;
            let listener = TcpListener::bind(address).map_err(|source| ServeError::Listen { address, source })?;
            let hangups = if tls.is_some() { signals::hangups() } else { signals::none() };
            self.serve_with(listener, tls, Box::pin(signals::stop()), hangups).await
        })
    }

    fn serve_on(
        self,
        listener: TcpListener,
        shutdown: BoxFuture<'static, ()>,
    ) -> BoxFuture<'static, Result<(), ServeError>> {
        Box::pin(async move {
            let tls = self.serving.tls(listener.local_addr()?)?;
            // The signals of the process belong to the application.
            self.serve_with(listener, tls, shutdown, signals::none()).await
        })
    }

    /// Serves on `listener`. Checks the files of the certificate at intervals, and after every item of `hangups`.
    async fn serve_with(
        self,
        listener: TcpListener,
        tls: Option<Tls>,
        shutdown: BoxFuture<'static, ()>,
        hangups: BoxStream<'static, ()>,
    ) -> Result<(), ServeError> {
        let address = listener.local_addr()?;
        let Serving { connections: limits, trusted_proxies, max_token_bytes, .. } = self.serving;
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        tracing::info!(%address, "listening");
        let tls = tls.map(Arc::new);
        // Ends with this future.
        let _watching = tls.clone().map(|tls| AbortOnDropHandle::new(tokio::spawn(tls.watch(hangups))));
        let router = self.routes.router.merge(self.routes.health);
        let server = Server::new(router, tls, limits, trusted_proxies, max_token_bytes);
        let connections = TaskTracker::new();
        accept::accept(listener, &server, &connections, shutdown).await;

        tracing::info!("stopping");
        self.stop.cancel();
        connections.close();
        server.registry.give_all(Order::Close);
        if tokio::time::timeout(GRACE, connections.wait()).await.is_err() {
            server.registry.give_all(Order::Drop);
            // A request that never yields cannot be dropped. It must not prevent the server from stopping.
            let _ = tokio::time::timeout(DROP_TIMEOUT, connections.wait()).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_address_is_loopback() {
        assert!(DEFAULT_LISTEN.ip().is_loopback());
    }
}
