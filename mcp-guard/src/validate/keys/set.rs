//! A set of keys (RFC 7517 section 5).
//!
//! 1. An unusable key is ignored. It does not affect the other keys.
//! 2. A `kid` identifies at most one key of an algorithm. Different keys with the same `kid` and algorithm are all
//!    ignored.
//! 3. A token is verified with exactly one key.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::algorithm::Algorithm;
use super::jwk::Key;
use super::key_error::KeyError;
use super::members::UnusableKey;
use crate::validate::claim::ClaimMap;

/// The maximum number of keys. A lookup of an unknown `kid` visits all of them.
pub(super) const MAX_KEYS: usize = 1_000;

/// A JWKS.
#[derive(Default)]
pub(super) struct KeySet {
    pub(super) keys: Vec<Arc<Key>>,
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Entry>,
    /// Ignored, but parsed to reject duplicate members.
    #[serde(flatten)]
    _rest: ClaimMap,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Jwk(ClaimMap),
    Other(IgnoredAny),
}

impl KeySet {
    /// Parses a JWKS, and logs unusable keys. `document` must be safe to parse.
    pub(super) fn parse(document: &str) -> Option<Self> {
        let jwks: Jwks = serde_json::from_str(document).ok()?;
        if jwks.keys.len() > MAX_KEYS {
            return None;
        }
        let mut keys = Vec::with_capacity(jwks.keys.len());
        for (index, entry) in jwks.keys.iter().enumerate() {
            let key = match entry {
                Entry::Jwk(members) => Key::parse(&members.0),
                Entry::Other(_) => Err(UnusableKey::Malformed),
            };
            match key {
                Ok(key) => keys.push(key),
                Err(reason @ (UnusableKey::Private | UnusableKey::SmallOrder)) => {
                    tracing::warn!(index, %reason, "issuer key ignored");
                }
                Err(reason) => tracing::debug!(index, %reason, "issuer key ignored"),
            }
        }
        Some(Self { keys: unambiguous(keys).into_iter().map(Arc::new).collect() })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Returns the number of signature verifications with these keys.
    #[cfg(test)]
    pub(super) fn tried(&self) -> usize {
        self.keys.iter().map(|key| key.tried.load(std::sync::atomic::Ordering::Relaxed)).sum()
    }

    /// Reuses the keys of `previous` that are still published, and retires the others.
    pub(super) fn replacing(mut self, previous: &Self) -> Self {
        for old in &previous.keys {
            match self.keys.iter_mut().find(|new| new.is_same_as(old)) {
                Some(new) => *new = Arc::clone(old),
                None => old.retire(),
            }
        }
        self
    }

    /// Returns the key for a token. A token without `kid` requires that exactly one key has its algorithm.
    pub(super) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Result<&Arc<Key>, KeyError> {
        let Some(id) = id else {
            let mut fitting = self.keys.iter().filter(|key| key.algorithm == algorithm);
            return match (fitting.next(), fitting.next()) {
                (Some(key), None) => Ok(key),
                _ => Err(KeyError::Unknown),
            };
        };
        let mut known = self.keys.iter().filter(|key| key.id.as_deref() == Some(id)).peekable();
        if known.peek().is_none() {
            return Err(KeyError::Unknown);
        }
        known.find(|key| key.algorithm == algorithm).ok_or(KeyError::OtherAlgorithm)
    }
}

/// Removes different keys with the same `kid` and algorithm.
fn unambiguous(mut keys: Vec<Key>) -> Vec<Key> {
    let mut seen = HashSet::new();
    keys.retain(|key| seen.insert((key.id.clone(), key.algorithm, key.numbers.clone())));
    let mut named: HashMap<_, usize> = HashMap::new();
    for key in &keys {
        *named.entry((key.id.clone(), key.algorithm)).or_default() += 1;
    }
    let before = keys.len();
    // Keys without `kid` are kept: `find` rejects ambiguous ones.
    keys.retain(|key| key.id.is_none() || named.get(&(key.id.clone(), key.algorithm)) == Some(&1));
    if keys.len() < before {
        tracing::warn!(ignored = before - keys.len(), "issuer keys ignored: duplicate kid");
    }
    keys
}

#[cfg(test)]
mod tests;
