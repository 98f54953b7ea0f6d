//! Accepts connections, as many as there may be.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

use super::connection::Connection;
use super::connection_task::ConnectionTask;
use super::registry::Registered;
use super::server::Server;

/// How long accepting pauses after an error.
const BACK_OFF: Duration = Duration::from_millis(50);
/// How long it pauses when connections were closed to make room. They only have to be scheduled.
const SHORT_BACK_OFF: Duration = Duration::from_millis(1);
/// How many idle connections are closed when the process has no descriptor left. More than one, since the rest of the process needs some as well.
const EVICTED_AT_ONCE: usize = 16;
/// How long a connection may take to make room for another one. It only has to be scheduled.
const EVICTION_TIMEOUT: Duration = Duration::from_secs(1);

/// Accepts connections until `shutdown` is ready. Each runs as a task of its own.
pub(super) async fn accept(
    listener: TcpListener,
    server: &Arc<Server>,
    connections: &TaskTracker,
    mut shutdown: Pin<&mut (impl Future<Output = ()> + Send)>,
) {
    let permits = Arc::new(Semaphore::new(server.limits.max_open().min(Semaphore::MAX_PERMITS)));
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.as_mut() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let Some(connection) = Connection::open(server, peer) else {
                    if server.throttles.address_connections.allow() {
                        tracing::warn!("a client address has too many connections: closing its new ones");
                    }
                    continue;
                };
                if let Some(permit) = permit(&permits, server).await {
                    // Before its task starts: a server that stops now must reach it.
                    let registered = server.registry.register(connection.activity());
                    connections.spawn(serve(connection, registered, stream, permit));
                }
            }
            Err(error) if is_of_connection(&error) => {}
            Err(error) => {
                if server.throttles.accept.allow() {
                    tracing::warn!(%error, "cannot accept connections: trying again");
                }
                // Mostly the process has no descriptor left, and this frees some.
                let evicted = (0..EVICTED_AT_ONCE).take_while(|_| server.registry.evict_longest_idle()).count();
                let pause = if evicted > 0 { SHORT_BACK_OFF } else { BACK_OFF };
                tokio::select! {
                    biased;
                    () = shutdown.as_mut() => return,
                    () = tokio::time::sleep(pause) => {}
                }
            }
        }
    }
}

async fn serve(connection: Arc<Connection>, registered: Registered, stream: TcpStream, permit: OwnedSemaphorePermit) {
    ConnectionTask(connection).serve(stream).await;
    drop(registered);
    // Only now is the socket closed.
    drop(permit);
}

/// Takes a place for a connection, that of the longest idle one if there is no other.
async fn permit(permits: &Arc<Semaphore>, server: &Server) -> Option<OwnedSemaphorePermit> {
    if let Ok(permit) = Arc::clone(permits).try_acquire_owned() {
        return Some(permit);
    }
    let is_evicted = server.registry.evict_longest_idle();
    if server.throttles.connections.allow() {
        if is_evicted {
            tracing::warn!("the maximum of connections is reached: closing idle ones for new ones");
        } else {
            tracing::warn!("the maximum of connections is reached and none is idle: closing new ones");
        }
    }
    if !is_evicted {
        return None;
    }
    // Waits until its descriptor is free.
    tokio::time::timeout(EVICTION_TIMEOUT, Arc::clone(permits).acquire_owned()).await.ok()?.ok()
}

/// Returns whether accepting failed because of the connection that was to be accepted.
fn is_of_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
    )
}
