//! Tokens that were validated before.
//!
//! 1. Bounded in number and in bytes; the least used go first.
//! 2. Keyed by a SHA-256 hash: the cache holds no token (RFC 7662 section 4 says so of introspection, and it is as true here).
//! 3. Never past `exp`, and forgotten when the key that signed the token leaves the issuer's set.
//! 4. For whoever proved to hold the same things besides the token as when it was validated (`cnf`).

use std::sync::Arc;
use std::time::SystemTime;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::Digest as _;
use sha2::Sha256;

use crate::token::BearerToken;
use crate::token::Possession;
use crate::token::ValidatedToken;
use crate::validate::keys::Key;

type Hash = [u8; 32];

pub(super) struct TokenCache(Cache<Hash, Cached, BySize>);

/// How much a token weighs, in kilobytes of its text: its claims are kept, and those are as large as it is.
#[derive(Clone)]
struct BySize;

impl Weighter<Hash, Cached> for BySize {
    fn weight(&self, _: &Hash, cached: &Cached) -> u64 {
        cached.weight
    }
}

#[derive(Clone)]
struct Cached {
    token: ValidatedToken,
    possession: Possession,
    key: Arc<Key>,
    weight: u64,
}

impl TokenCache {
    /// A cache for `capacity` tokens of up to a kilobyte, and fewer larger ones; none at all with 0.
    pub(super) fn new(capacity: usize) -> Self {
        Self(Cache::with_weighter(capacity, capacity as u64, BySize))
    }

    pub(super) fn get(&self, token: &BearerToken, now: SystemTime) -> Option<ValidatedToken> {
        if self.0.capacity() == 0 {
            return None;
        }
        let hash = hash(token);
        let cached = self.0.get(&hash)?;
        if cached.key.is_retired() || cached.token.expires_at().is_none_or(|expires| now >= expires) {
            self.0.remove(&hash);
            return None;
        }
        (cached.possession == *token.possession()).then_some(cached.token)
    }

    /// How many tokens are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn insert(&self, token: &BearerToken, validated: ValidatedToken, key: Arc<Key>) {
        if self.0.capacity() > 0 {
            let weight = token.expose().len().div_ceil(1024) as u64;
            let possession = *token.possession();
            self.0.insert(hash(token), Cached { token: validated, possession, key, weight });
        }
    }
}

fn hash(token: &BearerToken) -> Hash {
    Sha256::digest(token.expose().as_bytes()).into()
}

impl std::fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenCache").field("len", &self.0.len()).finish_non_exhaustive()
    }
}
