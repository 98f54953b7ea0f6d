//! A built server, and the ways to use it.

use std::net::SocketAddr;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use axum::Router;
use axum_server::Handle;
use hyper_util::rt::TokioExecutor;
use hyper_util::server::conn::auto::Builder;
use tokio_util::sync::CancellationToken;

use super::settings::TlsFiles;
use crate::resource::ResourceUrl;

/// Where [`GuardedService::run`] listens unless told otherwise.
const DEFAULT_LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);
/// How long requests under way may take once the server is asked to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long a client may take to send a request's headers, or the first request of a connection.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// A server that passed every check. Serve it, or merge its router into an application.
#[derive(Debug)]
#[must_use = "a server does nothing until it is served or its router is used"]
pub struct GuardedService {
    router: Router,
    stop: CancellationToken,
    resource_is_loopback_http: bool,
    listen: Option<SocketAddr>,
    tls: Option<TlsFiles>,
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
    /// Accepting connections failed.
    #[error("the server stopped: {0}")]
    Stopped(#[from] std::io::Error),
}

impl GuardedService {
    pub(super) fn new(
        router: Router,
        stop: CancellationToken,
        resource: &ResourceUrl,
        listen: Option<SocketAddr>,
        tls: Option<TlsFiles>,
    ) -> Self {
        let resource_is_loopback_http = resource.is_loopback() && resource.origin().starts_with("http:");
        Self { router, stop, resource_is_loopback_http, listen, tls }
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
        let address = self.listen.unwrap_or(DEFAULT_LISTEN);
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
        listener.set_nonblocking(true)?;
        tracing::info!(%address, "listening");
        let handle = Handle::new();
        let stopping = tokio::spawn({
            let (handle, stop) = (handle.clone(), self.stop.clone());
            async move {
                shutdown.await;
                tracing::info!("stopping");
                stop.cancel();
                handle.graceful_shutdown(Some(GRACE));
            }
        });
        let service = self.router.into_make_service();
        let served = match self.tls {
            None => {
                let mut server = axum_server::from_tcp(listener)?.handle(handle).first_request_timeout(HEADER_TIMEOUT);
                limit_patience(server.http_builder());
                server.serve(service).await
            }
            #[cfg(feature = "tls")]
            Some(files) => {
                let config = axum_server::tls_rustls::RustlsConfig::from_pem_file(&files.certificate, &files.key)
                    .await
                    .map_err(|source| ServeError::Tls { certificate: files.certificate, key: files.key, source })?;
                let mut server = axum_server::from_tcp_rustls(listener, config)?
                    .handle(handle)
                    .first_request_timeout(HEADER_TIMEOUT);
                limit_patience(server.http_builder());
                server.serve(service).await
            }
            #[cfg(not(feature = "tls"))]
            Some(files) => Err(std::io::Error::other(format!(
                "{} and {} need mcp-guard's `tls` feature",
                files.certificate.display(),
                files.key.display()
            ))),
        };
        stopping.abort();
        Ok(served?)
    }
}

/// Clients that send nothing, or only a byte now and then, are not waited for.
fn limit_patience(builder: &mut Builder<TokioExecutor>) {
    builder.http1().header_read_timeout(HEADER_TIMEOUT);
    builder.http2().keep_alive_interval(HEADER_TIMEOUT).keep_alive_timeout(GRACE).max_concurrent_streams(100);
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
