//! The cache of validated tokens.
//!
//! 1. Bounded in number and in bytes. The least used tokens are evicted first.
//! 2. Keyed by a SHA-256 hash. The cache never stores a token (RFC 7662 section 4).
//! 3. An entry ends at `exp` or with its time to live, even if the system clock is changed. It is removed when the
//!    issuer withdraws the key that signed the token.
//! 4. An entry requires the same proofs of possession (`cnf`) as the validation that created it.
//! 5. A validation that started before a removal is not cached after it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::keys::Key;
use crate::metrics;
use crate::token::{BearerToken, Possession, ValidatedToken};

/// The SHA-256 hash of a token.
pub(super) type Hash = [u8; 32];

/// A handle that removes tokens from the cache of a validator. Removed tokens are validated again on their next use.
///
/// The handle remains usable after the validator has moved into a server. Clones share the same cache. A removal also
/// discards all validations in progress, so very frequent removals make the cache ineffective.
///
/// A removed opaque token is introspected again, so its revocation takes effect at once. A JWT remains valid until it
/// expires. Use [`Issuer::revoked`](crate::Issuer::revoked) to reject one earlier.
#[derive(Clone, Default)]
pub struct TokenCacheHandle(pub(super) Vec<TokenCache>);

impl TokenCacheHandle {
    /// Combines handles into one.
    pub(crate) fn of_all(handles: impl IntoIterator<Item = Self>) -> Self {
        Self(handles.into_iter().flat_map(|handle| handle.0).collect())
    }

    /// Removes this token.
    pub fn forget(&self, token: &str) {
        let hash = hash(token);
        self.0.iter().for_each(|cache| cache.forget(&hash));
    }

    /// Removes all tokens for which `is_stale` returns true, for example all tokens of a subject.
    pub fn forget_where(&self, is_stale: impl Fn(&ValidatedToken) -> bool) {
        self.0.iter().for_each(|cache| cache.forget_where(&is_stale));
    }

    /// Removes all tokens.
    pub fn forget_all(&self) {
        self.0.iter().for_each(TokenCache::clear);
    }
}

impl std::fmt::Debug for TokenCacheHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenCacheHandle")
    }
}

#[derive(Clone)]
pub(super) struct TokenCache(Arc<Inner>);

struct Inner {
    entries: Cache<Hash, Entry, BySize>,
    time_to_live: Option<Duration>,
    /// The number of removals.
    generation: AtomicU64,
    /// Locked for writing while the generation changes, and for reading while an entry is inserted.
    remembering: RwLock<()>,
}

/// The place for the outcome of a validation. Created before the validation starts.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub(super) hash: Hash,
    pub(super) generation: u64,
}

/// Weighs an entry by its size in KiB.
#[derive(Clone)]
struct BySize;

impl Weighter<Hash, Entry> for BySize {
    fn weight(&self, _: &Hash, entry: &Entry) -> u64 {
        entry.weight
    }
}

#[derive(Clone)]
struct Entry {
    token: ValidatedToken,
    possession: Possession,
    /// The key that signed the token, if known.
    key: Option<Arc<Key>>,
    until: Until,
    weight: u64,
}

/// A deadline on two clocks. The system clock may be changed, and the monotonic clock stops while the machine sleeps.
#[derive(Clone, Copy)]
struct Until {
    instant: Instant,
    time: SystemTime,
}

impl Until {
    /// Returns the end of the time to live, or `exp` if that is earlier. Returns `None` if neither is set or the
    /// deadline has passed.
    fn new(time_to_live: Option<Duration>, expires_at: Option<SystemTime>) -> Option<Self> {
        let (instant, time) = (Instant::now(), SystemTime::now());
        let left = match expires_at {
            Some(expires) => Some(expires.duration_since(time).ok()?),
            None => None,
        };
        let left = time_to_live.into_iter().chain(left).min().filter(|left| !left.is_zero())?;
        Some(Self { instant: instant.checked_add(left)?, time: time.checked_add(left)? })
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.instant || SystemTime::now() >= self.time
    }
}

impl TokenCache {
    /// Creates a cache for `capacity` tokens of up to one KiB each, or fewer larger ones. A capacity of 0 disables it.
    /// Entries are kept for at most `time_to_live`, or until the token expires.
    pub(super) fn new(capacity: usize, time_to_live: Option<Duration>) -> Self {
        Self(Arc::new(Inner {
            entries: Cache::with_weighter(capacity, capacity as u64, BySize),
            time_to_live,
            generation: AtomicU64::new(0),
            remembering: RwLock::new(()),
        }))
    }

    /// Returns the slot of a token, or `None` if the cache is disabled.
    pub(super) fn slot(&self, token: &BearerToken) -> Option<Slot> {
        self.is_used().then(|| self.slot_of(hash(token.expose())))
    }

    /// Returns the slot for the hash of a token.
    pub(super) fn slot_of(&self, hash: Hash) -> Slot {
        Slot { hash, generation: self.0.generation.load(Ordering::Acquire) }
    }

    pub(super) fn get(&self, slot: &Slot, token: &BearerToken) -> Option<ValidatedToken> {
        let found = self.find(slot, token);
        metrics::asked_cache(found.is_some());
        found
    }

    fn find(&self, slot: &Slot, token: &BearerToken) -> Option<ValidatedToken> {
        let entry = self.0.entries.get(&slot.hash)?;
        if entry.until.is_over() || entry.key.is_some_and(|key| key.is_retired()) {
            self.0.entries.remove(&slot.hash);
            return None;
        }
        (entry.possession == *token.possession()).then_some(entry.token)
    }

    /// Caches a validated token, unless any token was removed since the slot was created.
    pub(super) fn insert(&self, slot: &Slot, token: &BearerToken, validated: &ValidatedToken, key: Option<Arc<Key>>) {
        if !self.is_used() {
            return;
        }
        let Some(until) = Until::new(self.0.time_to_live, validated.expires_at()) else { return };
        let weight = size_of_claims(validated.claims()).max(token.expose().len()).div_ceil(1024) as u64;
        let entry = Entry { token: validated.clone(), possession: *token.possession(), key, until, weight };
        let _remembering = self.0.remembering.read().unwrap_or_else(PoisonError::into_inner);
        if self.0.generation.load(Ordering::Acquire) == slot.generation {
            self.0.entries.insert(slot.hash, entry);
        }
    }

    fn is_used(&self) -> bool {
        self.0.entries.capacity() > 0 && self.0.time_to_live != Some(Duration::ZERO)
    }

    fn forget(&self, hash: &Hash) {
        self.begin_generation();
        self.0.entries.remove(hash);
    }

    fn forget_where(&self, is_stale: impl Fn(&ValidatedToken) -> bool) {
        self.begin_generation();
        // The application code must not run while an entry is locked.
        for (hash, entry) in self.0.entries.iter() {
            if is_stale(&entry.token) {
                self.0.entries.remove(&hash);
            }
        }
    }

    fn clear(&self) {
        self.begin_generation();
        self.0.entries.clear();
    }

    /// Discards all validations that are in progress.
    fn begin_generation(&self) {
        let _alone = self.0.remembering.write().unwrap_or_else(PoisonError::into_inner);
        self.0.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Returns the number of entries.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.entries.len()
    }
}

pub(super) fn hash(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

/// Estimates the size of claims in bytes.
fn size_of_claims(claims: &Map<String, Value>) -> usize {
    claims.iter().map(|(name, value)| size_of::<String>() + name.len() + size_of_value(value)).sum()
}

fn size_of_value(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.len(),
            Value::Array(list) => list.iter().map(size_of_value).sum(),
            Value::Object(members) => size_of_claims(members),
        }
}

impl std::fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenCache").field("len", &self.0.entries.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
