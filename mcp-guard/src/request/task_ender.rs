//! Ends the tasks of a token that is no longer valid.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;

use super::{Caller, RequestEnd};
use crate::token::OwnedPrincipal;

/// The time after which a task without a time limit is no longer watched.
const LONGEST_TASK: Duration = Duration::from_secs(24 * 60 * 60);
/// The maximum number of watched tasks of one principal.
const MAX_OF_PRINCIPAL: usize = 1_000;
/// The maximum number of watched tasks.
const MAX_TASKS: usize = 10_000;
/// The number of tasks that are cancelled at the same time.
const CANCELLED_AT_ONCE: usize = 16;

/// Cancels the task with a sealed id, on behalf of its owner.
type Cancel = dyn Fn(Caller, String) -> BoxFuture<'static, ()> + Send + Sync;

/// Ends the tasks of a server: calls its `tasks/cancel`. Dropping it ends the watches.
#[derive(Clone)]
pub(crate) struct TaskEnder(Arc<Shared>);

opaque_debug!(TaskEnder);

struct Shared {
    cancel: Box<Cancel>,
    cancelling: Semaphore,
    watched: Mutex<Watched>,
}

#[derive(Default)]
struct Watched {
    /// By the sealed id.
    tasks: HashMap<String, Watch>,
    of_principals: HashMap<OwnedPrincipal, usize>,
}

struct Watch {
    owner: OwnedPrincipal,
    _watching: AbortOnDropHandle<()>,
}

/// The error when no further task can be watched.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TooManyTasks;

impl TaskEnder {
    pub(crate) fn new(cancel: impl Fn(Caller, String) -> BoxFuture<'static, ()> + Send + Sync + 'static) -> Self {
        let cancelling = Semaphore::new(CANCELLED_AT_ONCE);
        Self(Arc::new(Shared { cancel: Box::new(cancel), cancelling, watched: Mutex::default() }))
    }

    /// Cancels a task when the token of its owner is revoked or becomes invalid. `end` is that of the request that
    /// created it, and keeps its token registered. `time_to_live` is that of the task.
    ///
    /// # Errors
    ///
    /// Too many tasks are watched. The task is cancelled.
    pub(super) fn watch(
        &self,
        (owner, principal): (Caller, OwnedPrincipal),
        id: String,
        end: RequestEnd,
        time_to_live: Option<Duration>,
    ) -> Result<(), TooManyTasks> {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return Ok(()) };
        let mut watched = self.0.lock();
        let has_room = watched.has_room_for(&principal);
        // Weak, so that a dropped server watches nothing.
        let shared = Arc::downgrade(&self.0);
        let watched_id = id.clone();
        let watching = runtime.spawn(async move {
            let time = if has_room { time_to_live.unwrap_or(LONGEST_TASK).min(LONGEST_TASK) } else { Duration::ZERO };
            let ended = tokio::time::timeout(time, end.ended()).await.is_ok();
            drop(end);
            if let Some(shared) = shared.upgrade() {
                if ended || !has_room {
                    shared.cancel(owner, watched_id.clone()).await;
                }
                let forgotten = shared.lock().forget(&watched_id);
                drop(forgotten);
            }
        });
        if !has_room {
            return Err(TooManyTasks);
        }
        watched.add(id, Watch { owner: principal, _watching: AbortOnDropHandle::new(watching) });
        Ok(())
    }

    /// Forgets a task that has ended.
    pub(super) fn forget(&self, id: &str) {
        let forgotten = self.0.lock().forget(id);
        // Outside of the lock: this may be the last owner of the token.
        drop(forgotten);
    }
}

impl Shared {
    async fn cancel(&self, owner: Caller, id: String) {
        tracing::debug!("task cancelled: the access token of its owner is no longer valid, or too many tasks are open");
        // The semaphore is never closed.
        let _permit = self.cancelling.acquire().await;
        (self.cancel)(owner, id).await;
    }

    fn lock(&self) -> MutexGuard<'_, Watched> {
        // No change can panic halfway.
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    fn has_room_for(&self, principal: &OwnedPrincipal) -> bool {
        let held = self.of_principals.get(principal).copied().unwrap_or_default();
        held < MAX_OF_PRINCIPAL && self.tasks.len() < MAX_TASKS
    }

    fn add(&mut self, id: String, watch: Watch) {
        *self.of_principals.entry(watch.owner.clone()).or_default() += 1;
        // An application may return a task twice.
        if let Some(earlier) = self.tasks.insert(id, watch) {
            self.release(&earlier.owner);
        }
    }

    fn forget(&mut self, id: &str) -> Option<Watch> {
        let watch = self.tasks.remove(id)?;
        self.release(&watch.owner);
        Some(watch)
    }

    fn release(&mut self, owner: &OwnedPrincipal) {
        if let Some(held) = self.of_principals.get_mut(owner) {
            *held -= 1;
            if *held == 0 {
                self.of_principals.remove(owner);
            }
        }
    }
}
