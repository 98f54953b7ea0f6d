//! Tokens that were validated before.
//!
//! 1. Bounded; the least used go first.
//! 2. Keyed by a SHA-256 hash: the cache holds no token (RFC 7662 section 4 says so of introspection, and it is as true here).
//! 3. Never past `exp`, and forgotten when the key that signed the token leaves the issuer's set.

use std::sync::Arc;
use std::time::SystemTime;

use quick_cache::sync::Cache;
use sha2::Digest as _;
use sha2::Sha256;

use crate::token::ValidatedToken;
use crate::validate::keys::Key;

type Hash = [u8; 32];

pub(super) struct TokenCache(Cache<Hash, Cached>);

#[derive(Clone)]
struct Cached {
    token: ValidatedToken,
    key: Arc<Key>,
}

impl TokenCache {
    /// A cache for `capacity` tokens; none at all with 0.
    pub(super) fn new(capacity: usize) -> Self {
        Self(Cache::new(capacity))
    }

    pub(super) fn get(&self, token: &str, now: SystemTime) -> Option<ValidatedToken> {
        if self.0.capacity() == 0 {
            return None;
        }
        let hash = hash(token);
        let cached = self.0.get(&hash)?;
        if cached.key.is_retired() || cached.token.expires_at().is_none_or(|expires| now >= expires) {
            self.0.remove(&hash);
            return None;
        }
        Some(cached.token)
    }

    pub(super) fn insert(&self, token: &str, validated: ValidatedToken, key: Arc<Key>) {
        if self.0.capacity() > 0 {
            self.0.insert(hash(token), Cached { token: validated, key });
        }
    }
}

fn hash(token: &str) -> Hash {
    Sha256::digest(token.as_bytes()).into()
}

impl std::fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenCache").field("len", &self.0.len()).finish_non_exhaustive()
    }
}
