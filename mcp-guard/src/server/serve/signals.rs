//! The signals that stop a server, or make it load its certificate again.

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

/// The time after the first signal in which further ones are ignored.
const IGNORED: Duration = Duration::from_secs(1);

/// The signals of the process that ask the server to stop. Dropping it ends the task that waits for them.
pub(super) struct Signals {
    /// Cancelled by the first signal.
    pub(super) stop: CancellationToken,
    /// Cancelled by the second signal.
    pub(super) abort: CancellationToken,
    _task: AbortOnDropHandle<()>,
}

impl Signals {
    pub(super) fn listen() -> Self {
        let (stop, abort) = (CancellationToken::new(), CancellationToken::new());
        let orders = [stop.clone(), abort.clone()];
        let mut received = received();
        let task = tokio::spawn(async move {
            let [stop, abort] = orders;
            received.next().await;
            stop.cancel();
            // One request to stop may arrive as several signals: from the terminal, a supervisor and its children.
            let _ = timeout(IGNORED, async {
                loop {
                    received.next().await;
                }
            })
            .await;
            received.next().await;
            tracing::warn!("stopping at once, because of a second signal");
            abort.cancel();
        });
        Self { stop, abort, _task: AbortOnDropHandle::new(task) }
    }
}

#[cfg(unix)]
struct Received([Option<tokio::signal::unix::Signal>; 2]);

/// Registers the handlers of the process. From now on the signals do not end the process.
#[cfg(unix)]
fn received() -> Received {
    use tokio::signal::unix::{SignalKind, signal};

    Received([SignalKind::interrupt(), SignalKind::terminate()].map(|kind| signal(kind).ok()))
}

#[cfg(unix)]
impl Received {
    /// Waits for the next signal. Without handlers, the default handlers end the process.
    async fn next(&mut self) {
        let signals = self.0.iter_mut().flatten().map(|signal| Box::pin(signal.recv()));
        let signals: Vec<_> = signals.collect();
        if signals.is_empty() {
            std::future::pending::<()>().await;
        }
        futures::future::select_all(signals).await;
    }
}

#[cfg(not(unix))]
struct Received;

#[cfg(not(unix))]
fn received() -> Received {
    Received
}

#[cfg(not(unix))]
impl Received {
    /// Waits for the next Ctrl-C. Without a handler, the default handler ends the process.
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Returns the SIGHUP signals of the process. From then on, SIGHUP does not end the process.
#[cfg(unix)]
pub(super) fn hangups() -> BoxStream<'static, ()> {
    stream_of(tokio::signal::unix::SignalKind::hangup(), "SIGHUP")
}

/// Returns the SIGUSR1 signals of the process. From then on, SIGUSR1 does not end the process.
#[cfg(unix)]
pub(super) fn report_requests() -> BoxStream<'static, ()> {
    stream_of(tokio::signal::unix::SignalKind::user_defined1(), "SIGUSR1")
}

#[cfg(unix)]
fn stream_of(kind: tokio::signal::unix::SignalKind, name: &'static str) -> BoxStream<'static, ()> {
    match tokio::signal::unix::signal(kind) {
        Ok(mut signal) => stream::poll_fn(move |cx| signal.poll_recv(cx)).boxed(),
        Err(error) => {
            tracing::warn!(%error, "cannot receive {name}");
            none()
        }
    }
}

#[cfg(not(unix))]
pub(super) fn report_requests() -> BoxStream<'static, ()> {
    none()
}

#[cfg(not(unix))]
pub(super) fn hangups() -> BoxStream<'static, ()> {
    none()
}

/// Returns a stream without signals.
pub(super) fn none() -> BoxStream<'static, ()> {
    stream::pending().boxed()
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    fn kill(signal: &str) {
        let command = format!("kill -{signal} {}", std::process::id());
        assert!(std::process::Command::new("sh").args(["-c", &command]).status().unwrap().success());
    }

    #[tokio::test(start_paused = true)]
    async fn first_signal_stops_and_second_aborts() {
        let signals = Signals::listen();
        kill("TERM");
        signals.stop.cancelled().await;
        assert!(!signals.abort.is_cancelled());
        kill("TERM");
        // The paused clock moves at once, so the signal must have arrived.
        std::thread::sleep(Duration::from_millis(50));
        tokio::time::sleep(2 * IGNORED).await;
        assert!(!signals.abort.is_cancelled(), "signals right after the first are part of it");
        kill("INT");
        signals.abort.cancelled().await;
    }
}
