//! Accepts connections within their limits.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

use super::connection::Connection;
use super::connection_task::ConnectionTask;
use super::registry::Registered;
use super::server::Server;
use crate::rule::Rule;

/// The pause after an error.
const BACK_OFF: Duration = Duration::from_millis(50);
/// The pause after an error if connections were evicted. Their tasks only have to be scheduled.
const SHORT_BACK_OFF: Duration = Duration::from_millis(1);
/// The number of idle connections to evict when the process has no file descriptors left. Several, because the rest of
/// the process also needs descriptors.
const EVICTED_AT_ONCE: usize = 16;
/// The maximum time for the end of an evicted connection. Its task only has to be scheduled.
const EVICTION_TIMEOUT: Duration = Duration::from_secs(1);

/// Accepts connections until `shutdown` is ready. Each runs as a separate task.
pub(super) async fn accept(
    listener: TcpListener,
    server: &Arc<Server>,
    connections: &TaskTracker,
    mut shutdown: BoxFuture<'static, ()>,
) {
    let permits = Arc::new(Semaphore::new(server.limits.max_open().min(Semaphore::MAX_PERMITS)));
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Some(connection) = Connection::open(server, peer) else {
                    if server.throttles.address_connections.allow() {
                        let (rule, max) = (Rule::AddressConnectionLimit, server.limits.max_per_address);
                        tracing::warn!(%rule, max, "too many connections from one client address: closing new ones");
                    }
                    continue;
                };
                if let Some(permit) = permit(&permits, server).await {
                    // Registered before the task starts, so that a stopping server closes the connection.
                    let registered = server.registry.register(connection.activity());
                    connections.spawn(serve(connection, registered, stream, permit));
                }
            }
            Err(error) if is_connection_error(&error) => {}
            Err(error) => {
                if server.throttles.accept.allow() {
                    tracing::warn!(%error, "cannot accept connections: retrying");
                }
                // The usual reason is that the process has no file descriptors left. Evicting connections frees some.
                let evicted = (0..EVICTED_AT_ONCE).take_while(|_| server.registry.evict_longest_idle()).count();
                let pause = if evicted > 0 { SHORT_BACK_OFF } else { BACK_OFF };
                tokio::select! {
                    biased;
                    () = &mut shutdown => return,
                    () = tokio::time::sleep(pause) => {}
                }
            }
        }
    }
}

async fn serve(connection: Arc<Connection>, registered: Registered, stream: TcpStream, permit: OwnedSemaphorePermit) {
    ConnectionTask(connection).serve(stream).await;
    drop(registered);
    // The permit is released after the socket is closed.
    drop(permit);
}

/// Returns a permit for a connection. Evicts the longest idle connection if no permit is free.
async fn permit(permits: &Arc<Semaphore>, server: &Server) -> Option<OwnedSemaphorePermit> {
    if let Ok(permit) = Arc::clone(permits).try_acquire_owned() {
        return Some(permit);
    }
    let is_evicted = server.registry.evict_longest_idle();
    if server.throttles.connections.allow() {
        let rule = Rule::ConnectionLimit;
        if is_evicted {
            tracing::warn!(%rule, "too many connections: closing idle ones");
        } else {
            tracing::warn!(%rule, "too many connections, and none is idle: closing new ones");
        }
    }
    if !is_evicted {
        return None;
    }
    // Waits until the evicted connection releases its permit.
    tokio::time::timeout(EVICTION_TIMEOUT, Arc::clone(permits).acquire_owned()).await.ok()?.ok()
}

/// Returns whether the error concerns only the accepted connection.
fn is_connection_error(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
    )
}
