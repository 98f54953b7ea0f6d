//! A built server.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use axum::Router;
use tokio_util::sync::CancellationToken;

use super::{Connections, ServeError, TrustedProxies, exporter, life};
use crate::metrics::Exporter;
use crate::operation::{Operations, ScopeMatrix};
use crate::policy::Policy;
use crate::record::{DecisionsHandle, Recorder};
use crate::revocation::Revocations;
use crate::server::RouteGuard;
use crate::server::server_settings::TlsFiles;
use crate::server::{EnvConfig, Lifespan, NoTools, ResourceServerBuilder, Started, Summary};
use crate::validate::TokenCacheHandle;

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
    pub(super) routes: ServerRoutes,
    cache_handle: TokenCacheHandle,
    summary: Summary,
    pub(super) stop: CancellationToken,
    pub(super) serving: Serving,
    pub(super) lifespan: Lifespan,
    pub(super) recorder: Option<Arc<Recorder>>,
}

/// The routes of a server, the guard for those of an application, and the decisions on requests.
#[derive(Debug)]
pub(in crate::server) struct ServerRoutes {
    /// The MCP endpoint and its metadata.
    pub(in crate::server) router: Router,
    pub(in crate::server) health: Router,
    /// The documentation page.
    pub(in crate::server) docs: Router,
    /// The admin route for revocations.
    pub(in crate::server) revocation: Router,
    pub(in crate::server) revocations: Option<Revocations>,
    pub(in crate::server) guard: RouteGuard,
    pub(in crate::server) authorization: Authorization,
}

/// The operations of a server, and the policy that decides on them.
pub(in crate::server) struct Authorization {
    pub(in crate::server) operations: &'static dyn Operations,
    pub(in crate::server) policy: Arc<Policy>,
}

opaque_debug!(Authorization);

/// The settings of the methods that serve.
#[derive(Debug)]
pub(in crate::server) struct Serving {
    /// The address of `run`.
    pub(in crate::server) listen: SocketAddr,
    /// The address where clients of a resource URL on loopback expect the server.
    pub(in crate::server) own_address: Option<SocketAddr>,
    pub(in crate::server) tls: Option<TlsFiles>,
    pub(in crate::server) allow_plain_http: bool,
    pub(in crate::server) connections: Connections,
    pub(in crate::server) trusted_proxies: TrustedProxies,
    pub(in crate::server) max_token_bytes: usize,
    pub(in crate::server) exporter: Option<Exporter>,
}

impl ResourceServer {
    /// Returns a builder for a server with the resource URL `resource`. Tokens must be issued for exactly this text
    /// (RFC 8707). The MCP endpoint is mounted at its path.
    pub fn builder(resource: impl Into<String>) -> ResourceServerBuilder<NoTools> {
        ResourceServerBuilder::new(resource.into())
    }

    /// Returns a builder with the settings of the `MCP_GUARD_*` environment variables. See [`EnvConfig`] for their names.
    /// Its `build` reports every variable that is missing, invalid or unknown.
    pub fn from_env() -> ResourceServerBuilder<NoTools> {
        EnvConfig::read().builder()
    }

    pub(in crate::server) fn new(
        routes: ServerRoutes,
        cache_handle: TokenCacheHandle,
        summary: Summary,
        stop: CancellationToken,
        serving: Serving,
        lifespan: Lifespan,
        recorder: Option<Arc<Recorder>>,
    ) -> Self {
        Self { routes, cache_handle, summary, stop, serving, lifespan, recorder }
    }

    /// Returns a handle that removes tokens from the caches of all issuers, so that they are validated again. The cache
    /// of a custom validator is not included.
    #[must_use]
    pub fn cache_handle(&self) -> TokenCacheHandle {
        self.cache_handle.clone()
    }

    /// Returns the revocations of the server, to revoke tokens. `None` if neither the builder nor the environment sets
    /// them.
    #[must_use]
    pub fn revocations(&self) -> Option<Revocations> {
        self.routes.revocations.clone()
    }

    /// Returns a handle for the [decision records](crate::record) of the server.
    #[must_use]
    pub fn decisions(&self) -> DecisionsHandle {
        DecisionsHandle::new(self.recorder.clone())
    }

    /// Returns what the server serves: its URLs, issuers and operations.
    #[must_use]
    pub const fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Returns the requirements of all operations with the baseline and the scope hierarchy of this server.
    /// [`ScopeMatrix::to_json`] is the file for `mcp-guard matrix diff` and `mcp-guard rehearse`.
    #[must_use]
    pub fn scope_matrix(&self) -> ScopeMatrix {
        let Authorization { operations, policy } = &self.routes.authorization;
        ScopeMatrix::new(operations.definitions(), policy)
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
    ///   [`ResourceMetadata::url`](crate::settings::ResourceMetadata::url) for its metadata, which nesting moves as well.
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

    /// Returns the route `/docs` of [`Observation::docs`](crate::settings::Observation::docs), which
    /// [`into_router`](Self::into_router) does not include: an application merges it, or nests it at a path of its own.
    /// `serve` and `run` include it. Empty without a documentation page.
    #[cfg(feature = "docs-page")]
    pub fn docs_router(&self) -> Router {
        self.routes.docs.clone()
    }

    /// Returns the route of [`Revocations::admin_route`], which [`into_router`](Self::into_router) does not include: an
    /// application merges it. `serve` and `run` include it. Empty without such a route.
    pub fn revocation_router(&self) -> Router {
        self.routes.revocation.clone()
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

    /// Runs the steps of the [`Lifespan`], for an application that serves the [router](Self::into_router) itself. Call
    /// [`Started::stop`] after the last request.
    ///
    /// ```no_run
    /// # async fn example(mut server: mcp_guard::ResourceServer) -> Result<(), Box<dyn std::error::Error>> {
    /// let started = server.start().await?;
    /// let stop = server.stop_token();
    /// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    /// axum::serve(listener, server.into_router())
    ///     .with_graceful_shutdown(async move {
    ///         let _ = tokio::signal::ctrl_c().await;
    ///         stop.cancel();
    ///     })
    ///     .await?;
    /// started.stop().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ServeError::Metrics`] if the address for metrics cannot be used, [`ServeError::Start`] if a start hook fails. The stop hooks of earlier steps have then run.
    pub async fn start(&mut self) -> Result<Started, ServeError> {
        let lifespan = std::mem::take(&mut self.lifespan);
        let exporting = exporter::start(self.serving.exporter.take())?;
        let mut started = Started::new(&lifespan, self.stop.clone(), self.recorder.clone()).exporting(exporting);
        match started.run(lifespan).await {
            Ok(()) => Ok(started),
            Err(error) => {
                started.stop().await;
                Err(ServeError::Start(error))
            }
        }
    }

    /// Serves on the address of [`listen`](ResourceServerBuilder::listen) or `MCP_GUARD_LISTEN`. Default: the address of
    /// a resource URL on loopback, or `127.0.0.1:8080`.
    ///
    /// # Errors
    ///
    /// Like [`serve`](Self::serve).
    pub async fn run(self) -> Result<(), ServeError> {
        let address = self.serving.listen;
        life::serve_at(self, address).await
    }

    /// Serves on `address` until Ctrl-C or SIGTERM. Requests in progress may then finish within the
    /// [drain timeout](Lifespan::drain_timeout). A second signal ends everything at once, without the stop hooks.
    ///
    /// SIGHUP loads the certificate again and lets the sinks of [decision records](crate::record) open their files again.
    /// SIGUSR1 logs the calls that report-only enforcement would refuse.
    ///
    /// # Errors
    ///
    /// [`ServeError`] if the address or the certificate cannot be used, a start hook fails, or accepting connections
    /// fails.
    pub async fn serve(self, address: impl Into<SocketAddr>) -> Result<(), ServeError> {
        life::serve_at(self, address.into()).await
    }

    /// Serves on `listener` until `shutdown` is ready. Requests in progress may then finish within the
    /// [drain timeout](Lifespan::drain_timeout).
    ///
    /// # Errors
    ///
    /// Like [`serve`](Self::serve).
    pub async fn serve_until(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        life::serve_on(self, listener, Box::pin(shutdown)).await
    }
}
