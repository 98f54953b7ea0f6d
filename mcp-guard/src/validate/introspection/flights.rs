//! Calls under way: one for each token, a bounded number at once, and a bounded number that wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::validate::cache::Hash;

/// How many tokens may wait for each call that may be under way.
const QUEUE: usize = 8;
/// The longest that a token waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);
/// More calls at once than any server answers.
const MOST_CALLS: usize = 10_000;

/// A token by its hash, and since when what is known of it counts.
type Key = (Hash, u64);
/// `None`: it ended without an outcome.
type Flight<T> = Shared<BoxFuture<'static, Option<T>>>;
type Running<T> = Arc<Mutex<HashMap<Key, Flight<T>>>>;

pub(super) struct Flights<T> {
    running: Running<T>,
    permits: Arc<Semaphore>,
    most: usize,
}

impl<T: Clone + Send + Sync + 'static> Flights<T> {
    /// Lets `calls` run at once.
    pub(super) fn new(calls: usize) -> Self {
        let calls = calls.min(MOST_CALLS);
        Self { running: Running::default(), permits: Arc::new(Semaphore::new(calls)), most: calls * (1 + QUEUE) }
    }

    /// Joins the call about `key` that is under way, or starts one; `None` if too many are. It does not end with the request that started it.
    pub(super) fn join(&self, key: Key, call: impl Future<Output = T> + Send + 'static) -> Option<Flight<T>> {
        let mut running = lock(&self.running);
        if let Some(flight) = running.get(&key) {
            return Some(flight.clone());
        }
        if running.len() >= self.most {
            return None;
        }
        let landing = Landing { running: Arc::clone(&self.running), key };
        let permits = Arc::clone(&self.permits);
        let task = tokio::spawn(async move {
            let _landing = landing;
            let _permit = timeout(PATIENCE, permits.acquire_owned()).await.ok()?.ok()?;
            Some(call.await)
        });
        let flight = task.map(|outcome| outcome.ok().flatten()).boxed().shared();
        running.insert(key, flight.clone());
        Some(flight)
    }

    /// How many calls run or wait to run.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        lock(&self.running).len()
    }
}

/// Says that a call is over, however it ends.
struct Landing<T> {
    running: Running<T>,
    key: Key,
}

impl<T> Drop for Landing<T> {
    fn drop(&mut self) {
        let landed = lock(&self.running).remove(&self.key);
        // Outside of the lock: the last owner of a flight drops what it waits for.
        drop(landed);
    }
}

fn lock<T>(running: &Running<T>) -> std::sync::MutexGuard<'_, HashMap<Key, Flight<T>>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T> std::fmt::Debug for Flights<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flights").field("most", &self.most).finish_non_exhaustive()
    }
}
