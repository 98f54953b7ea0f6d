//! Ends the tasks of a token that is no longer valid.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use super::{Caller, RequestEnd};

/// The time after which a task without a time limit is no longer watched.
const LONGEST_TASK: Duration = Duration::from_secs(24 * 60 * 60);

/// Cancels the task with a sealed id, on behalf of its owner.
type Cancel = dyn Fn(Caller, String) -> BoxFuture<'static, ()> + Send + Sync;

/// Ends the tasks of a server: calls its `tasks/cancel`.
#[derive(Clone)]
pub(crate) struct TaskEnder(Arc<Cancel>);

opaque_debug!(TaskEnder);

impl TaskEnder {
    pub(crate) fn new(cancel: impl Fn(Caller, String) -> BoxFuture<'static, ()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(cancel))
    }

    /// Cancels a task when the token of its owner is revoked or becomes invalid. `end` is that of the request that
    /// created it, and keeps its token registered. `time_to_live` is that of the task.
    pub(super) fn watch(&self, owner: Caller, id: String, end: RequestEnd, time_to_live: Option<Duration>) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let cancel = Arc::clone(&self.0);
        runtime.spawn(async move {
            let time = time_to_live.unwrap_or(LONGEST_TASK).min(LONGEST_TASK);
            if tokio::time::timeout(time, end.ended()).await.is_ok() {
                tracing::debug!("task ended: the access token of its owner is no longer valid");
                cancel(owner, id).await;
            }
        });
    }
}
