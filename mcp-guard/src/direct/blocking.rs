//! Keeps a server responsive while an operation blocks its thread.
//!
//! A worker of tokio that runs a task does not wait for sockets. If no other worker does, a task that blocks stops the
//! whole server. rmcp's transport spawns several tasks for each request, which wakes other workers. A direct call does
//! not, so a thread watches for calls that take long, and then wakes a worker.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Context, Poll};
use std::thread::{self, Thread};
use std::time::Duration;

use tokio::runtime::{Handle, RuntimeFlavor};

/// The interval in which the thread looks for calls.
const INTERVAL: Duration = Duration::from_millis(20);
/// The number of intervals without a call after which the thread sleeps.
const IDLE_INTERVALS: usize = 50;

/// Watches the calls of one server.
#[derive(Default)]
pub(super) struct BlockingWatch(OnceLock<Option<Arc<Watched>>>);

#[derive(Default)]
struct Watched {
    /// The number of calls whose code runs at the moment.
    running: AtomicUsize,
    /// Whether the thread sleeps until the next call.
    is_asleep: AtomicBool,
    thread: OnceLock<Thread>,
}

impl BlockingWatch {
    /// Watches a call.
    pub(super) fn watch<F: Future + Unpin>(&self, call: F) -> WatchedCall<F> {
        let watched = self.0.get_or_init(|| {
            let runtime = Handle::try_current().ok()?;
            // A runtime with one thread has no other worker to wake.
            (runtime.runtime_flavor() == RuntimeFlavor::MultiThread).then(|| start(runtime))?
        });
        WatchedCall { call, watched: watched.clone() }
    }
}

/// Starts the thread. Without one, calls are not watched.
fn start(runtime: Handle) -> Option<Arc<Watched>> {
    let watched = Arc::new(Watched::default());
    let weak = Arc::downgrade(&watched);
    let thread = thread::Builder::new().name("mcp-guard-watch".to_owned());
    let thread = thread.spawn(move || keep_awake(&weak, &runtime)).inspect_err(|error| {
        tracing::warn!(%error, "cannot start a thread: an operation that blocks may stop the server meanwhile");
    });
    let _ = watched.thread.set(thread.ok()?.thread().clone());
    Some(watched)
}

/// Wakes a worker in each interval in which a call runs. Ends with the server.
fn keep_awake(watched: &Weak<Watched>, runtime: &Handle) {
    let mut idle = 0;
    loop {
        if idle < IDLE_INTERVALS {
            thread::park_timeout(INTERVAL)
        } else {
            thread::park()
        }
        let Some(watched) = watched.upgrade() else { return };
        if watched.running.load(Ordering::SeqCst) > 0 {
            idle = 0;
            // The worker that is woken for this task waits for sockets after it.
            drop(runtime.spawn(std::future::ready(())));
        } else {
            idle += 1;
            let sleeps = idle >= IDLE_INTERVALS;
            watched.is_asleep.store(sleeps, Ordering::SeqCst);
            // A call may have started before it could see that the thread sleeps.
            if sleeps && watched.running.load(Ordering::SeqCst) > 0 {
                idle = 0;
            }
        }
    }
}

impl Watched {
    fn enter(&self) {
        self.running.fetch_add(1, Ordering::SeqCst);
        if self.is_asleep.load(Ordering::SeqCst) && self.is_asleep.swap(false, Ordering::SeqCst) {
            self.wake();
        }
    }

    fn leave(&self) {
        self.running.fetch_sub(1, Ordering::SeqCst);
    }

    fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}

impl Drop for Watched {
    /// Lets the thread end.
    fn drop(&mut self) {
        self.wake();
    }
}

/// A call that is watched while its code runs.
pub(super) struct WatchedCall<F> {
    call: F,
    watched: Option<Arc<Watched>>,
}

impl<F: Future + Unpin> Future for WatchedCall<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        struct Leave(Option<Arc<Watched>>);

        impl Drop for Leave {
            fn drop(&mut self) {
                if let Some(watched) = &self.0 {
                    watched.leave();
                }
            }
        }

        // Left also when the call panics.
        let _leave = Leave(self.watched.clone().inspect(|watched| watched.enter()));
        Pin::new(&mut self.call).poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks a worker until a timer fires, for which another worker must wait.
    #[test]
    fn blocked_call_does_not_stop_timers() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let watch = Arc::new(BlockingWatch::default());
        // The second pause lets the thread sleep.
        for pause in [0, 1_500, 0] {
            thread::sleep(Duration::from_millis(pause));
            let (fired, fires) = std::sync::mpsc::channel();
            let watch = Arc::clone(&watch);
            let in_time = runtime.block_on(async move {
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    let _ = fired.send(());
                });
                let blocked = tokio::spawn(async move {
                    // The worker that waits for timers wakes up for this task.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    let block = std::future::poll_fn(move |_| Poll::Ready(fires.recv_timeout(Duration::from_secs(30))));
                    watch.watch(Box::pin(block)).await
                });
                blocked.await.unwrap()
            });
            in_time.unwrap();
        }
    }

    #[test]
    fn thread_ends_with_its_server() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let watched = runtime.block_on(async { start(Handle::current()).unwrap() });
        let weak = Arc::downgrade(&watched);
        let thread = watched.thread.get().unwrap().clone();
        drop(watched);
        thread.unpark();
        assert!(weak.upgrade().is_none());
    }
}
