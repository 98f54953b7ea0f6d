//! The task of one connection: TLS handshake, HTTP and shutdown.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::rt::{Read, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::connection::Connection;
use super::io::{WriteTimeout, deadline};
use super::orders::Order;
use super::requests::Requests;

/// The maximum time for the TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// The maximum time for an idle client to close a connection after shutdown.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// A task that serves one connection.
#[derive(Debug)]
pub(super) struct ConnectionTask(pub(super) Arc<Connection>);

impl ConnectionTask {
    /// Serves the connection until it ends.
    pub(super) async fn serve(&self, stream: TcpStream) {
        tokio::select! {
            biased;
            () = self.0.activity().orders().wait_for(Order::Drop) => tracing::debug!(peer = %self.0.peer(), "dropping the connection"),
            () = self.serve_stream(stream) => {}
        }
    }

    async fn serve_stream(&self, stream: TcpStream) {
        // Small responses are written in one piece. Events must not wait for acknowledgements.
        let _ = stream.set_nodelay(true);
        let stream = WriteTimeout::new(stream, self.0.server().limits.write_timeout);
        let Some(tls) = &self.0.server().tls else { return self.serve_http(TokioIo::new(stream)).await };
        let timeout = HANDSHAKE_TIMEOUT.min(self.0.server().limits.idle_timeout);
        let handshake = tokio::select! {
            biased;
            // No request is in progress yet.
            () = self.0.activity().orders().wait_for(Order::Close) => return,
            handshake = tokio::time::timeout(timeout, tls.accept(stream)) => handshake,
        };
        match handshake {
            Ok(Ok(stream)) => self.serve_http(TokioIo::new(stream)).await,
            Ok(Err(error)) => tracing::debug!(peer = %self.0.peer(), %error, "the TLS handshake failed"),
            Err(_) => tracing::debug!(peer = %self.0.peer(), "the TLS handshake timed out"),
        }
    }

    async fn serve_http<I: Read + Write + Unpin + Send + 'static>(&self, io: I) {
        let requests = Requests::new(Arc::clone(&self.0), self.0.server().router.clone());
        let mut http = pin!(self.0.server().http.serve_connection(io, requests));
        // Requests do not reset the timer. When it fires, the idle time is computed.
        let mut timer = pin!(tokio::time::sleep_until(deadline(self.0.server().limits.idle_timeout)));
        let mut is_closing = false;
        loop {
            let close = tokio::select! {
                biased;
                ended = http.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(peer = %self.0.peer(), %error, "the connection failed");
                    }
                    return;
                }
                () = self.0.activity().orders().wait_for(Order::Close), if !is_closing => true,
                () = timer.as_mut() => match self.remaining_idle_time(is_closing) {
                    Some(remaining) => {
                        timer.as_mut().reset(deadline(remaining));
                        false
                    }
                    None if is_closing => {
                        tracing::debug!(peer = %self.0.peer(), "the client did not close the connection: dropping it");
                        return;
                    }
                    None => true,
                },
            };
            if close {
                is_closing = true;
                http.as_mut().graceful_shutdown();
                timer.as_mut().reset(Instant::now() + CLOSE_TIMEOUT);
            }
        }
    }

    /// Returns the remaining idle time, or `None` if there is none.
    fn remaining_idle_time(&self, is_closing: bool) -> Option<Duration> {
        let allowed = if is_closing { CLOSE_TIMEOUT } else { self.0.server().limits.idle_timeout };
        let idle = match self.0.activity().idle_since() {
            // Requests from before the shutdown are still answered.
            None => Duration::ZERO,
            Some(_) if is_closing => return None,
            Some(since) => Duration::from_millis(self.0.server().milliseconds().saturating_sub(since)),
        };
        allowed.checked_sub(idle).filter(|remaining| !remaining.is_zero())
    }
}
