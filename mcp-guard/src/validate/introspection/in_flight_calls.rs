//! Calls in progress: one for each token, with a limit on concurrent calls and on waiting tokens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::validate::cache::Hash;

/// The number of tokens that may wait for each concurrent call.
const WAITING_PER_CALL: usize = 8;
/// The maximum time that a token waits for its call.
const MAX_WAIT: Duration = Duration::from_secs(5);
/// An upper bound for the configured number of concurrent calls.
const MAX_CALLS: usize = 10_000;

/// The hash of a token, and the cache generation of its request.
type Key = (Hash, u64);
/// `None` if the call ended without an outcome.
type PendingCall<T> = Shared<BoxFuture<'static, Option<T>>>;
type Running<T> = Arc<Mutex<HashMap<Key, PendingCall<T>>>>;

/// The calls in progress.
pub(super) struct InFlightCalls<T> {
    running: Running<T>,
    permits: Arc<Semaphore>,
    max_pending: usize,
}

impl<T: Clone + Send + Sync + 'static> InFlightCalls<T> {
    /// Creates a registry that runs up to `calls` calls concurrently.
    pub(super) fn new(calls: usize) -> Self {
        let calls = calls.min(MAX_CALLS);
        Self {
            running: Running::default(),
            permits: Arc::new(Semaphore::new(calls)),
            max_pending: calls * (1 + WAITING_PER_CALL),
        }
    }

    /// Joins the call for `key`, or starts one. Returns `None` if too many calls are pending. The call continues if the
    /// request that started it is dropped.
    pub(super) fn join(&self, key: Key, call: impl Future<Output = T> + Send + 'static) -> Option<PendingCall<T>> {
        let mut running = lock(&self.running);
        if let Some(pending) = running.get(&key) {
            return Some(pending.clone());
        }
        if running.len() >= self.max_pending {
            return None;
        }
        let remove_on_drop = RemoveOnDrop { running: Arc::clone(&self.running), key };
        let permits = Arc::clone(&self.permits);
        let task = tokio::spawn(async move {
            let _remove_on_drop = remove_on_drop;
            let _permit = timeout(MAX_WAIT, permits.acquire_owned()).await.ok()?.ok()?;
            Some(call.await)
        });
        let pending = task.map(|outcome| outcome.ok().flatten()).boxed().shared();
        running.insert(key, pending.clone());
        Some(pending)
    }

    /// Returns the number of running and waiting calls.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        lock(&self.running).len()
    }
}

/// Removes a call when it ends, also after a panic or cancellation.
struct RemoveOnDrop<T> {
    running: Running<T>,
    key: Key,
}

impl<T> Drop for RemoveOnDrop<T> {
    fn drop(&mut self) {
        let removed = lock(&self.running).remove(&self.key);
        // Dropped without the lock: the last owner of a pending call also drops its future.
        drop(removed);
    }
}

fn lock<T>(running: &Running<T>) -> std::sync::MutexGuard<'_, HashMap<Key, PendingCall<T>>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> std::fmt::Debug for InFlightCalls<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InFlightCalls").field("max_pending", &self.max_pending).finish_non_exhaustive()
    }
}
