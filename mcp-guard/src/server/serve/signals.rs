//! The signals that stop a server, or make it load its certificate again.

use futures::StreamExt as _;
use futures::stream::{self, BoxStream};

/// Waits for Ctrl-C or SIGTERM.
pub(super) async fn stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without this handler, the default handler ends the process.
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

/// Returns the SIGHUP signals of the process. From then on, SIGHUP does not end the process.
#[cfg(unix)]
pub(super) fn hangups() -> BoxStream<'static, ()> {
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()) {
        Ok(mut signal) => stream::poll_fn(move |cx| signal.poll_recv(cx)).boxed(),
        Err(error) => {
            tracing::warn!(%error, "cannot receive SIGHUP");
            none()
        }
    }
}

#[cfg(not(unix))]
pub(super) fn hangups() -> BoxStream<'static, ()> {
    none()
}

/// Returns a stream without signals.
pub(super) fn none() -> BoxStream<'static, ()> {
    stream::pending().boxed()
}
