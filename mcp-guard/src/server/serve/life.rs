//! The life of a served server: it starts, accepts connections, drains its requests, and stops.
//!
//! The futures are boxed in functions without type parameters, so that they are compiled with this crate: the code of an
//! `async fn` is compiled in each crate that awaits it.

use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::orders::Order;
use super::resource_server::Serving;
use super::server::Server;
use super::signals::Signals;
use super::tls::Tls;
use super::{ResourceServer, ServeError, accept, exporter, signals};
use crate::record::Recorder;
use crate::server::Started;

/// The maximum time for dropping connections. Their tasks only have to be scheduled.
const DROP_TIMEOUT: Duration = Duration::from_secs(1);

impl Serving {
    /// Loads the certificate, if one is configured. Rejects an address where tokens would travel unencrypted.
    fn tls(&self, address: SocketAddr) -> Result<Option<Tls>, ServeError> {
        if self.tls.is_none() && !self.allow_plain_http && !address.ip().is_loopback() {
            return Err(ServeError::PlainHttp { address });
        }
        self.tls.as_ref().map(Tls::load).transpose()
    }
}

/// Serves on `address` until a signal of the process. The second signal ends everything at once.
pub(super) fn serve_at(server: ResourceServer, address: SocketAddr) -> BoxFuture<'static, Result<(), ServeError>> {
    Box::pin(async move {
        let tls = server.serving.tls(address)?;
        let listener = TcpListener::bind(address).map_err(|source| ServeError::Listen { address, source })?;
        let signals = Signals::listen();
        let shutdown = Box::pin(signals.stop.clone().cancelled_owned());
        let hangups = if tls.is_some() { signals::hangups() } else { signals::none() };
        // Ends with this future.
        let _recording = server.recorder.clone().map(|recorder| AbortOnDropHandle::new(tokio::spawn(obey(recorder))));
        let served = signals.abort.run_until_cancelled(serve(server, listener, tls, shutdown, hangups)).await;
        served.unwrap_or(Ok(()))
    })
}

/// Serves on `listener` until `shutdown`. The signals of the process belong to the application.
pub(super) fn serve_on(
    server: ResourceServer,
    listener: TcpListener,
    shutdown: BoxFuture<'static, ()>,
) -> BoxFuture<'static, Result<(), ServeError>> {
    Box::pin(async move {
        let tls = server.serving.tls(listener.local_addr()?)?;
        serve(server, listener, tls, shutdown, signals::none()).await
    })
}

/// Runs the start hooks, serves until `shutdown`, and runs the stop hooks. Checks the files of the certificate at
/// intervals, and after every item of `hangups`.
async fn serve(
    mut server: ResourceServer,
    listener: TcpListener,
    tls: Option<Tls>,
    mut shutdown: BoxFuture<'static, ()>,
    hangups: BoxStream<'static, ()>,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let tls = tls.map(Arc::new);
    // Ends with this future.
    let _watching = tls.clone().map(|tls| AbortOnDropHandle::new(tokio::spawn(tls.watch(hangups))));
    let lifespan = std::mem::take(&mut server.lifespan);
    let drain_timeout = lifespan.timeout();
    let exporting = exporter::start(server.serving.exporter.take())?;
    let mut started = Started::new(&lifespan, server.stop.clone(), server.recorder.clone()).exporting(exporting);
    let start = tokio::select! {
        biased;
        // Asked to stop before it has started.
        () = &mut shutdown => None,
        start = started.run(lifespan) => Some(start),
    };
    let result = match start {
        None => Ok(()),
        Some(Err(error)) => Err(ServeError::Start(error)),
        Some(Ok(())) => {
            announce(address, server.serving.own_address);
            accept_until(server, listener, tls, shutdown, drain_timeout).await;
            Ok(())
        }
    };
    started.stop().await;
    result
}

/// Lets the sinks open their files again on SIGHUP, and logs the report-only calls on SIGUSR1.
async fn obey(recorder: Arc<Recorder>) {
    let (mut hangups, mut requests) = (signals::hangups(), signals::report_requests());
    loop {
        tokio::select! {
            Some(()) = hangups.next() => recorder.reopen(),
            Some(()) = requests.next() => recorder.log_report(),
        }
    }
}

/// Logs where the server listens. `expected` is the address in a resource URL on loopback.
fn announce(address: SocketAddr, expected: Option<SocketAddr>) {
    tracing::info!(%address, "listening");
    if let Some(expected) = expected.filter(|expected| expected.port() != address.port()) {
        tracing::warn!(%address, %expected, "clients use the port of the resource URL, and the server listens on another");
    }
    // Without a subscriber, the process would be silent.
    if !tracing::dispatcher::has_been_set() {
        // A closed pipe must not end the server.
        let _ = writeln!(
            io::stderr(),
            "listening on {address} (no tracing subscriber is installed, so nothing else is logged)"
        );
    }
}

/// Accepts connections until `shutdown`. Then drains the requests in progress.
async fn accept_until(
    server: ResourceServer,
    listener: tokio::net::TcpListener,
    tls: Option<Arc<Tls>>,
    shutdown: BoxFuture<'static, ()>,
    drain_timeout: Duration,
) {
    let ResourceServer { routes, stop, serving, .. } = server;
    let Serving { connections: limits, trusted_proxies, max_token_bytes, .. } = serving;
    let router = routes.router.merge(routes.health).merge(routes.docs).merge(routes.revocation);
    let server = Server::new(router, tls, limits, trusted_proxies, max_token_bytes);
    let connections = TaskTracker::new();
    // No connection remains when this future is dropped.
    let drop_connections = DropConnections(Arc::clone(&server));
    accept::accept(listener, &server, &connections, shutdown).await;

    tracing::info!("stopping");
    stop.cancel();
    connections.close();
    server.registry.give_all(Order::Close);
    if tokio::time::timeout(drain_timeout, connections.wait()).await.is_err() {
        drop(drop_connections);
        // A request that never yields cannot be dropped. It must not prevent the server from stopping.
        let _ = tokio::time::timeout(DROP_TIMEOUT, connections.wait()).await;
    }
}

/// Drops all connections and their requests.
pub(super) struct DropConnections(pub(super) Arc<Server>);

impl Drop for DropConnections {
    fn drop(&mut self) {
        self.0.registry.give_all(Order::Drop);
    }
}
