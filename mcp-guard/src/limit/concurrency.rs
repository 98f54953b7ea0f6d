//! A number of requests in progress for each key.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts the requests in progress of each key.
#[derive(Debug)]
pub(super) struct KeyedConcurrency<K>(Arc<Mutex<HashMap<K, u32>>>);

impl<K> Default for KeyedConcurrency<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

/// A counted request. Dropping it removes the count.
pub(crate) struct Slot<K: Copy + Eq + Hash> {
    counts: Arc<Mutex<HashMap<K, u32>>>,
    key: K,
}

impl<K: Copy + Eq + Hash> KeyedConcurrency<K> {
    /// Counts a request. `None` if `max` requests of the key are in progress.
    pub(super) fn enter(&self, key: K, max: u32) -> Option<Slot<K>> {
        let mut counts = lock(&self.0);
        let count = counts.entry(key).or_default();
        // An entry of this key exists only with at least one request, and `max` is not zero.
        if *count >= max {
            return None;
        }
        *count += 1;
        drop(counts);
        Some(Slot { counts: Arc::clone(&self.0), key })
    }
}

impl<K: Copy + Eq + Hash> Drop for Slot<K> {
    fn drop(&mut self) {
        let mut counts = lock(&self.counts);
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

impl<K: Copy + Eq + Hash> fmt::Debug for Slot<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot")
    }
}

fn lock<K>(counts: &Mutex<HashMap<K, u32>>) -> MutexGuard<'_, HashMap<K, u32>> {
    // No change can panic halfway.
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_counted_until_they_are_dropped() {
        let counts = KeyedConcurrency::default();
        let first = counts.enter("a", 2);
        let second = counts.enter("a", 2);
        assert!(first.is_some() && second.is_some());
        assert!(counts.enter("a", 2).is_none());
        assert!(counts.enter("b", 2).is_some(), "each key has slots of its own");
        drop(first);
        assert!(counts.enter("a", 2).is_some());
        drop(second);
        assert!(lock(&counts.0).is_empty(), "keys without requests are removed");
    }
}
