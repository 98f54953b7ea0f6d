//! The cache of rejected tokens, so that repeated requests cause no calls.
//!
//! It is separate from the cache of accepted tokens, so that invalid tokens cannot evict valid ones.

use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

use crate::token::{BearerToken, InvalidToken, Possession};
use crate::validate::cache::{Hash, Slot};

/// The maximum number of entries, about a hundred bytes each.
const CAPACITY: usize = 10_000;
/// The maximum time in the cache. A token may become known to the authorization server shortly after.
const TIME_TO_LIVE: Duration = Duration::from_secs(10);

pub(super) struct RejectedTokens {
    entries: Cache<Hash, Entry>,
    time_to_live: Duration,
}

#[derive(Clone)]
struct Entry {
    reason: InvalidToken,
    /// Part of the entry, so that a request without the bound key does not affect the owner of the token.
    possession: Possession,
    generation: u64,
    until: Instant,
}

impl RejectedTokens {
    pub(super) fn new(cache_time: Duration) -> Self {
        Self { entries: Cache::new(CAPACITY), time_to_live: cache_time.min(TIME_TO_LIVE) }
    }

    /// Returns the reason of the rejection.
    pub(super) fn get(&self, slot: &Slot, token: &BearerToken) -> Option<InvalidToken> {
        let entry = self.entries.get(&slot.hash)?;
        if entry.generation != slot.generation || Instant::now() >= entry.until {
            self.entries.remove(&slot.hash);
            return None;
        }
        (entry.possession == *token.possession()).then_some(entry.reason)
    }

    pub(super) fn insert(&self, slot: &Slot, token: &BearerToken, reason: InvalidToken) {
        if self.time_to_live.is_zero() {
            return;
        }
        let (possession, generation) = (*token.possession(), slot.generation);
        self.entries
            .insert(slot.hash, Entry { reason, possession, generation, until: Instant::now() + self.time_to_live });
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

impl std::fmt::Debug for RejectedTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RejectedTokens").field("len", &self.entries.len()).finish_non_exhaustive()
    }
}
