//! Code that the application runs when its server starts and stops.

use std::error::Error;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::panics::discard;
use crate::record::Recorder;

type HookError = Box<dyn Error + Send + Sync>;
type StartHook = Box<dyn FnOnce() -> BoxFuture<'static, Result<(), HookError>> + Send>;
type StopHook = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;
type Task = Box<dyn FnOnce(CancellationToken) -> BoxFuture<'static, ()> + Send>;

/// The default for [`Lifespan::drain_timeout`].
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// The maximum time for dropping tasks.
const DROP_TIMEOUT: Duration = Duration::from_secs(1);

/// Hooks that run when a server starts and stops, and its background tasks.
///
/// The steps run in the order of the calls. [`ResourceServer::serve`](crate::ResourceServer::serve) and the other methods
/// that serve run them. An application that serves the router itself calls
/// [`ResourceServer::start`](crate::ResourceServer::start).
///
/// ```
/// use std::time::Duration;
///
/// use mcp_guard::settings::Lifespan;
///
/// let lifespan = Lifespan::new()
///     .on_start(|| async { std::fs::create_dir_all("/tmp/todos") })
///     .on_stop(|| async { println!("stopped") })
///     .task(|stop| async move {
///         while stop.run_until_cancelled(tokio::time::sleep(Duration::from_secs(60))).await.is_some() {
///             println!("once a minute");
///         }
///     });
/// # drop(lifespan);
/// ```
#[derive(Default)]
#[must_use]
pub struct Lifespan {
    steps: Vec<Step>,
    drain_timeout: Option<Duration>,
}

enum Step {
    Start(StartHook),
    Stop(StopHook),
    Task(Task),
}

impl Lifespan {
    /// Returns a lifespan without hooks.
    pub const fn new() -> Self {
        Self { steps: Vec::new(), drain_timeout: None }
    }

    /// Runs `hook` before the server accepts connections. The next step waits for it. If it returns an error or panics,
    /// the server does not start, and the [`on_stop`](Self::on_stop) hooks of earlier steps run.
    pub fn on_start<F, R, E>(self, hook: F) -> Self
    where
        F: FnOnce() -> R + Send + 'static,
        R: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<HookError>,
    {
        self.step(Step::Start(Box::new(|| Box::pin(async { hook().await.map_err(Into::into) }))))
    }

    /// Runs `hook` when the server has stopped: after the last request and the background tasks, and after the hooks of
    /// later steps. If the start fails at an earlier step, it does not run.
    pub fn on_stop<F, R>(self, hook: F) -> Self
    where
        F: FnOnce() -> R + Send + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        self.step(Step::Stop(Box::new(|| Box::pin(async { hook().await }))))
    }

    /// Runs `task` in the background. It gets the [`stop_token`](crate::ResourceServer::stop_token) of the server, which
    /// is cancelled when the server stops. It should then end: the server waits for it up to the
    /// [`drain_timeout`](Self::drain_timeout), and then drops it.
    pub fn task<F, R>(self, task: F) -> Self
    where
        F: FnOnce(CancellationToken) -> R + Send + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        self.step(Step::Task(Box::new(|stop| Box::pin(async { task(stop).await }))))
    }

    /// Sets the maximum time for requests in progress after the server is asked to stop. Background tasks, and then all
    /// `on_stop` hooks together, get the same time. Default: 10 seconds.
    pub const fn drain_timeout(mut self, timeout: Duration) -> Self {
        self.drain_timeout = Some(timeout);
        self
    }

    /// Adds the steps of `other` behind these. Its drain timeout replaces this one, if it is set.
    pub fn merge(mut self, other: Self) -> Self {
        self.steps.extend(other.steps);
        self.drain_timeout = other.drain_timeout.or(self.drain_timeout);
        self
    }

    /// Returns the drain timeout, or its default.
    pub(super) fn timeout(&self) -> Duration {
        self.drain_timeout.unwrap_or(DRAIN_TIMEOUT)
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}

impl fmt::Debug for Lifespan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lifespan")
            .field("steps", &self.steps.len())
            .field("drain_timeout", &self.timeout())
            .finish_non_exhaustive()
    }
}

/// The started steps of a [`Lifespan`]. Dropping it cancels the stop token, drops the tasks, and runs no hook.
#[must_use = "the stop hooks run only when `stop` is called"]
pub struct Started {
    stop_hooks: Vec<StopHook>,
    /// Dropping the set aborts the tasks.
    tasks: JoinSet<()>,
    stop: CancellationToken,
    timeout: Duration,
    recorder: Option<Arc<Recorder>>,
    /// Exports the metrics until the end.
    _exporting: Option<AbortOnDropHandle<()>>,
}

opaque_debug!(Started);

impl Started {
    /// Creates the state before the first step. `stop` is the stop token of the server.
    pub(super) fn new(lifespan: &Lifespan, stop: CancellationToken, recorder: Option<Arc<Recorder>>) -> Self {
        Self {
            stop_hooks: Vec::new(),
            tasks: JoinSet::new(),
            stop,
            timeout: lifespan.timeout(),
            recorder,
            _exporting: None,
        }
    }

    /// Keeps a task that exports the metrics until the server has stopped.
    pub(super) fn exporting(mut self, task: Option<AbortOnDropHandle<()>>) -> Self {
        self._exporting = task;
        self
    }

    /// Runs the steps. If it fails or is dropped, call [`stop`](Self::stop) for the steps that ran.
    pub(super) async fn run(&mut self, lifespan: Lifespan) -> Result<(), HookError> {
        for step in lifespan.steps {
            match step {
                Step::Start(hook) => match AssertUnwindSafe(async { hook().await }).catch_unwind().await {
                    Ok(result) => result?,
                    Err(panic) => {
                        discard(panic);
                        return Err("a start hook panicked".into());
                    }
                },
                Step::Stop(hook) => self.stop_hooks.push(hook),
                Step::Task(task) => {
                    let stop = self.stop.clone();
                    self.tasks.spawn(guarded("a background task panicked", async { task(stop).await }));
                }
            }
        }
        Ok(())
    }

    /// Cancels the stop token, which ends streams, sessions and background tasks. Then runs the `on_stop` hooks, the last
    /// one first. At the end, writes the remaining [decision records](crate::record).
    pub async fn stop(mut self) {
        self.stop.cancel();
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(self.timeout, ended).await.is_err() {
            tracing::warn!(tasks = self.tasks.len(), "background tasks did not end in time: they are dropped");
            // A task that never yields cannot be dropped. It must not prevent the server from stopping.
            let _ = tokio::time::timeout(DROP_TIMEOUT, self.tasks.shutdown()).await;
        }
        let hooks = std::mem::take(&mut self.stop_hooks);
        let run = async {
            for hook in hooks.into_iter().rev() {
                guarded("a stop hook panicked", async { hook().await }).await;
            }
        };
        if tokio::time::timeout(self.timeout, run).await.is_err() {
            tracing::warn!("the stop hooks did not end in time");
        }
        if let Some(recorder) = &self.recorder {
            recorder.stop().await;
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Runs code of the application, and logs an error if it panics.
async fn guarded(message: &'static str, run: impl Future<Output = ()>) {
    if let Err(panic) = AssertUnwindSafe(run).catch_unwind().await {
        discard(panic);
        tracing::error!("{message}");
    }
}

#[cfg(test)]
mod tests;
