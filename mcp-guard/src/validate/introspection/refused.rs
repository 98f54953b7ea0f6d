//! Tokens that were refused a moment ago, so that repeating them costs no call.
//!
//! They have a cache of their own: junk cannot push good tokens out.

use std::time::{Duration, Instant};

use quick_cache::sync::Cache;

use crate::token::{BearerToken, InvalidToken, Possession};
use crate::validate::cache::{Hash, Slot};

/// The most that are remembered, about a hundred bytes each.
const CAPACITY: usize = 10_000;
/// The longest that one is remembered: what an authorization server does not know yet, it may know soon.
const TIME_TO_LIVE: Duration = Duration::from_secs(10);

pub(super) struct RefusedTokens {
    entries: Cache<Hash, Entry>,
    time_to_live: Duration,
}

#[derive(Clone)]
struct Entry {
    reason: InvalidToken,
    /// A thief without the key of a bound token is refused, and its owner with the key is not.
    possession: Possession,
    generation: u64,
    until: Instant,
}

impl RefusedTokens {
    pub(super) fn new(cache_time: Duration) -> Self {
        Self { entries: Cache::new(CAPACITY), time_to_live: cache_time.min(TIME_TO_LIVE) }
    }

    /// Why the token of this slot was refused.
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

impl std::fmt::Debug for RefusedTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RefusedTokens").field("len", &self.entries.len()).finish_non_exhaustive()
    }
}
