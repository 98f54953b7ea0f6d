//! The revocations in memory: the storage behind [`Revocations`](super::Revocations).
//!
//! 1. Keys are digests of 128 bits with a random key. A million entries take about 70 MB.
//! 2. The time of a revocation never goes back: it is at least that of the revocation before.
//! 3. An entry expires only when both clocks have passed its end.
//! 4. A full table removes expired entries, and then accepts no new ones.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher as _};

use super::clock::Now;
use super::revocation::Kind;

/// The number of entries below which expired ones are not looked for.
const FEW: usize = 1024;

/// A keyed digest of a kind, an issuer and a value.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Digest(u128);

/// The keys of digests.
#[derive(Debug, Default)]
pub(super) struct Digester([RandomState; 2]);

impl Digester {
    pub(super) fn digest(&self, kind: Kind, issuer: &str, value: &str) -> Digest {
        let half = |key: &RandomState| {
            let mut hasher = key.build_hasher();
            // Each part is preceded by its length, so that different lists of parts never have equal input.
            for part in [kind.claim(), issuer, value] {
                hasher.write_usize(part.len());
                hasher.write(part.as_bytes());
            }
            hasher.finish()
        };
        let [first, second] = &self.0;
        Digest(u128::from(half(first)) << 64 | u128::from(half(second)))
    }
}

/// The error of a full table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Full;

#[derive(Debug)]
pub(super) struct Table {
    entries: HashMap<Digest, Entry>,
    /// The kinds of entries since the table was empty. Tokens need not be looked up by other kinds.
    kinds: [bool; Kind::ALL.len()],
    max: usize,
    /// How long an entry is needed, in seconds. `None`: forever.
    lifetime: Option<u64>,
    /// The time of the latest revocation.
    latest: u64,
    /// The time by the wall clock when the steady clock started.
    created: u64,
    /// The number of entries at which expired ones are removed.
    sweep_at: usize,
    /// No entry expires before this time of the steady clock.
    none_before: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The time of the revocation, by the wall clock.
    time: u64,
    /// The end by the steady clock. The end by the wall clock follows from `time`.
    end: u64,
}

impl Table {
    pub(super) fn new(lifetime: Option<u64>, max: usize) -> Self {
        let kinds = [false; Kind::ALL.len()];
        Self { entries: HashMap::new(), kinds, max, lifetime, latest: 0, created: 0, sweep_at: FEW, none_before: 0 }
    }

    /// Sets the time by the wall clock when the steady clock started.
    pub(super) const fn created_at(mut self, wall: u64) -> Self {
        self.created = wall;
        self
    }

    pub(super) const fn set_max(&mut self, max: usize) {
        self.max = max;
    }

    pub(super) const fn max(&self) -> usize {
        self.max
    }

    /// Returns whether there may be entries of this kind.
    pub(super) const fn may_have(&self, kind: Kind) -> bool {
        self.kinds[kind as usize]
    }

    /// Adds an entry, or moves an existing one forward.
    ///
    /// # Errors
    ///
    /// The table is full.
    pub(super) fn insert(&mut self, kind: Kind, digest: Digest, now: Now) -> Result<(), Full> {
        if !self.entries.contains_key(&digest) {
            if self.entries.len() >= self.max.min(self.sweep_at) {
                self.remove_expired(now);
            }
            if self.entries.len() >= self.max {
                return Err(Full);
            }
        }
        // The system clock may have been set back since the table was created.
        self.latest = self.latest.max(now.wall).max(self.created.saturating_add(now.steady));
        let end = now.steady.saturating_add(self.lifetime.unwrap_or(u64::MAX));
        self.kinds[kind as usize] = true;
        self.entries.insert(digest, Entry { time: self.latest, end });
        Ok(())
    }

    /// Returns the time of a revocation that has not expired.
    pub(super) fn time_of(&self, digest: Digest, now: Now) -> Option<u64> {
        self.entries.get(&digest).filter(|entry| !self.is_over(entry, now)).map(|entry| entry.time)
    }

    fn is_over(&self, entry: &Entry, now: Now) -> bool {
        let is_past = |lifetime| now.steady >= entry.end && now.wall > entry.time.saturating_add(lifetime);
        self.lifetime.is_some_and(is_past)
    }

    fn remove_expired(&mut self, now: Now) {
        if self.lifetime.is_none() || now.steady < self.none_before {
            return;
        }
        let mut entries = std::mem::take(&mut self.entries);
        entries.retain(|_, entry| !self.is_over(entry, now));
        self.entries = entries;
        self.none_before = self.entries.values().map(|entry| entry.end).min().unwrap_or_default();
        self.sweep_at = self.entries.len().saturating_mul(2).max(FEW);
        if self.entries.is_empty() {
            self.kinds = [false; Kind::ALL.len()];
        }
    }
}

#[cfg(test)]
impl Table {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns the bytes of the entries, with the control byte of each bucket.
    pub(super) fn memory(&self) -> usize {
        let buckets = (self.entries.capacity() * 8 / 7).next_power_of_two();
        buckets * (size_of::<(Digest, Entry)>() + 1)
    }
}

#[cfg(test)]
mod tests;
