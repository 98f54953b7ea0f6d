//! Tokens that were validated before, for every validator that remembers them.
//!
//! 1. Bounded in number and in bytes; the least used go first.
//! 2. Keyed by a SHA-256 hash: the cache holds no token (RFC 7662 section 4 says so of introspection, and it is as true here).
//! 3. Never past `exp`, never longer than the time to live, whichever way the clock is set, and forgotten when the key that signed the token leaves
//!    the issuer's set.
//! 4. For whoever proved to hold the same things besides the token as when it was validated (`cnf`).
//! 5. What was forgotten stays forgotten: a validation that was under way meanwhile is not remembered.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::keys::Key;
use crate::token::{BearerToken, Possession, ValidatedToken};

/// The hash of a token.
pub(super) type Hash = [u8; 32];

/// Makes a validator forget tokens before their time: it validates them anew when they come next.
///
/// A handle stays usable when its validator was moved into a server, and its clones are the same handle. What a validation finds out that was under way
/// meanwhile is not remembered, of no token: who calls this all the time has no cache.
///
/// An introspected token that is forgotten is asked for again, so that its revocation counts at once. A JWT is good until it expires, however often
/// it is forgotten: to refuse one before, say so with [`Issuer::revoked`](crate::Issuer::revoked).
#[derive(Clone, Default)]
pub struct TokenCacheHandle(pub(super) Vec<TokenCache>);

impl TokenCacheHandle {
    /// A handle for the caches of all of these.
    pub(crate) fn of_all(handles: impl IntoIterator<Item = Self>) -> Self {
        Self(handles.into_iter().flat_map(|handle| handle.0).collect())
    }

    /// Forgets this token.
    pub fn forget(&self, token: &str) {
        let hash = hash(token);
        self.0.iter().for_each(|cache| cache.forget(&hash));
    }

    /// Forgets every token of which this is true, all tokens of a subject for example.
    pub fn forget_where(&self, is_stale: impl Fn(&ValidatedToken) -> bool) {
        self.0.iter().for_each(|cache| cache.forget_where(&is_stale));
    }

    /// Forgets every token.
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
    /// How often something was made to be forgotten.
    generation: AtomicU64,
    /// Held for writing while the generation changes, and for reading while something of a generation is remembered.
    remembering: RwLock<()>,
}

/// Where the outcome of a validation goes. It is made before the validation begins.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub(super) hash: Hash,
    pub(super) generation: u64,
}

/// How much a token weighs, in kilobytes of what is kept of it.
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
    /// The key that signed it, if that is known.
    key: Option<Arc<Key>>,
    until: Until,
    weight: u64,
}

/// The end of something by two clocks: that of the machine may be set, the other one stands still while the machine sleeps.
#[derive(Clone, Copy)]
struct Until {
    instant: Instant,
    time: SystemTime,
}

impl Until {
    /// The end of the time to live, or `exp` if that is earlier. `None` where neither is known, or where it is over.
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
    /// A cache for `capacity` tokens of up to a kilobyte, and fewer larger ones; none at all with 0. They are kept for `time_to_live` at most, or until they
    /// expire.
    pub(super) fn new(capacity: usize, time_to_live: Option<Duration>) -> Self {
        Self(Arc::new(Inner {
            entries: Cache::with_weighter(capacity, capacity as u64, BySize),
            time_to_live,
            generation: AtomicU64::new(0),
            remembering: RwLock::new(()),
        }))
    }

    /// The slot of a token; `None` if nothing is ever remembered.
    pub(super) fn slot(&self, token: &BearerToken) -> Option<Slot> {
        self.is_used().then(|| self.slot_of(hash(token.expose())))
    }

    /// The slot of a token of which the hash is known.
    pub(super) fn slot_of(&self, hash: Hash) -> Slot {
        Slot { hash, generation: self.0.generation.load(Ordering::Acquire) }
    }

    pub(super) fn get(&self, slot: &Slot, token: &BearerToken) -> Option<ValidatedToken> {
        let entry = self.0.entries.get(&slot.hash)?;
        if entry.until.is_over() || entry.key.is_some_and(|key| key.is_retired()) {
            self.0.entries.remove(&slot.hash);
            return None;
        }
        (entry.possession == *token.possession()).then_some(entry.token)
    }

    /// Remembers what became of `token`, unless something was made to be forgotten since its slot was made.
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
        // The application's code runs outside of the cache's locks.
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

    /// From here on nothing is remembered that was found out before.
    fn begin_generation(&self) {
        let _alone = self.0.remembering.write().unwrap_or_else(PoisonError::into_inner);
        self.0.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// How many tokens are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.entries.len()
    }
}

pub(super) fn hash(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

/// About how many bytes claims take.
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
