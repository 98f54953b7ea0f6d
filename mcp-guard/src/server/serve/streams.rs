//! Detects HTTP/2 streams that the client does not read.
//!
//! hyper polls a response body only when the last frame fits into the flow-control window of the client. The write
//! timeout cannot detect a stream with a closed window, because the connection itself makes progress. So each stream
//! records the last poll of its body. A body without data may wait without a limit (a quiet event stream). A body that
//! returned a frame must be polled again within the write timeout.
//!
//! Dropping the future of a stream makes h2 reset the stream and free its data. The other streams of the connection
//! continue.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::Executor;
use pin_project_lite::pin_project;
use tokio::time::Sleep;

use super::io::deadline;

tokio::task_local! {
    /// The progress of the currently polled stream.
    static PROGRESS: Cell<Progress>;
}

/// The last event of a response body.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Progress {
    /// The body was not polled.
    Unseen,
    /// The body has no data yet, so the window does not block it.
    Waiting,
    /// The response began, or its body returned a frame. hyper polls again as soon as the window has room.
    Advanced,
}

/// Records the progress of the currently polled HTTP/2 stream, if any.
pub(super) fn record(progress: Progress) {
    let _ = PROGRESS.try_with(|cell| cell.set(progress));
}

/// An executor that runs each HTTP/2 stream as a task, and drops streams that the client does not read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Streams {
    write_timeout: Duration,
}

impl Streams {
    pub(super) const fn new(write_timeout: Duration) -> Self {
        Self { write_timeout }
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        tokio::spawn(Stream { stream, write_timeout: self.write_timeout, blocked: None });
    }
}

pin_project! {
    struct Stream<F> {
        #[pin]
        stream: F,
        write_timeout: Duration,
        // Runs while the window may block the body.
        blocked: Option<Pin<Box<Sleep>>>,
    }
}

impl<F: Future<Output = ()>> Future for Stream<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let poll = || (this.stream.poll(cx), PROGRESS.with(Cell::get));
        let (polled, progress) = PROGRESS.sync_scope(Cell::new(Progress::Unseen), poll);
        if polled.is_ready() {
            return Poll::Ready(());
        }
        match (progress, &mut *this.blocked) {
            (Progress::Unseen, _) => {}
            (Progress::Waiting, blocked) => *blocked = None,
            (Progress::Advanced, Some(timer)) => timer.as_mut().reset(deadline(*this.write_timeout)),
            (Progress::Advanced, blocked @ None) => {
                *blocked = Some(Box::pin(tokio::time::sleep_until(deadline(*this.write_timeout))));
            }
        }
        match this.blocked.as_mut().map(|timer| timer.as_mut().poll(cx)) {
            Some(Poll::Ready(())) => {
                tracing::debug!("the client does not read an HTTP/2 stream: resetting it");
                Poll::Ready(())
            }
            _ => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests;
