//! A map with a limited number of entries.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// A map of at most `capacity` values, each kept for at most `lifetime`. A new value replaces the oldest one.
pub(crate) struct Bounded<V> {
    capacity: usize,
    lifetime: Duration,
    inserted: u64,
    entries: HashMap<String, Entry<V>>,
}

struct Entry<V> {
    number: u64,
    since: Instant,
    value: V,
}

impl<V> Bounded<V> {
    pub(crate) fn new(capacity: usize, lifetime: Duration) -> Self {
        Self { capacity, lifetime, inserted: 0, entries: HashMap::new() }
    }

    pub(crate) fn insert(&mut self, key: String, value: V) {
        if self.entries.len() >= self.capacity {
            self.remove_oldest();
        }
        self.inserted += 1;
        self.entries.insert(key, Entry { number: self.inserted, since: Instant::now(), value });
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<V> {
        let entry = self.entries.remove(key)?;
        self.is_fresh(&entry).then_some(entry.value)
    }

    pub(crate) fn value(&self, key: &str) -> Option<&V> {
        self.entries.get(key).filter(|entry| self.is_fresh(entry)).map(|entry| &entry.value)
    }

    fn is_fresh(&self, entry: &Entry<V>) -> bool {
        entry.since.elapsed() < self.lifetime
    }

    fn remove_oldest(&mut self) {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.number).map(|(key, _)| key.clone());
        if let Some(oldest) = oldest {
            self.entries.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests;
