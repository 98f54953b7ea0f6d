//! Exports the metrics at an address of their own.

use tokio_util::task::AbortOnDropHandle;

use super::ServeError;
use crate::metrics::Exporter;

/// Starts to export the metrics. Ends when the handle is dropped.
///
/// # Errors
///
/// The address cannot be used.
#[cfg(feature = "prometheus")]
pub(super) fn start(exporter: Option<Exporter>) -> Result<Option<AbortOnDropHandle<()>>, ServeError> {
    let Some(exporter) = exporter else { return Ok(None) };
    let address = exporter.address;
    let listen = || {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        tokio::net::TcpListener::from_std(listener)
    };
    let listener = listen().map_err(|source| ServeError::Metrics { address, source })?;
    tracing::info!(address = %listener.local_addr().unwrap_or(address), "exporting metrics");
    Ok(Some(AbortOnDropHandle::new(tokio::spawn(export(exporter, listener)))))
}

#[cfg(not(feature = "prometheus"))]
pub(super) fn start(exporter: Option<Exporter>) -> Result<Option<AbortOnDropHandle<()>>, ServeError> {
    Ok(exporter.map(|exporter| match exporter {}))
}

#[cfg(feature = "prometheus")]
async fn export(exporter: Exporter, listener: tokio::net::TcpListener) {
    use std::sync::Arc;
    use std::time::Duration;

    use axum::Router;
    use axum::routing::get;
    use http::header::CONTENT_TYPE;
    use tokio_util::task::TaskTracker;

    use super::life::DropConnections;
    use super::server::Server;
    use super::{Connections, TrustedProxies, accept};

    /// The interval at which the memory for samples is freed.
    const INTERVAL: Duration = Duration::from_secs(5);
    /// The text format of Prometheus.
    const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

    let metrics = exporter.clone();
    let text = move || std::future::ready(([(CONTENT_TYPE, TEXT)], metrics.text()));
    let router = Router::new().route("/metrics", get(text));
    let server = Server::new(router, None, Connections::default(), TrustedProxies::default(), 0);
    // No connection remains when this future is dropped.
    let _connections = DropConnections(Arc::clone(&server));
    let clean_up = async {
        loop {
            tokio::time::sleep(INTERVAL).await;
            exporter.clean_up();
        }
    };
    let never = Box::pin(std::future::pending());
    let connections = TaskTracker::new();
    tokio::join!(accept::accept(listener, &server, &connections, never), clean_up);
}
