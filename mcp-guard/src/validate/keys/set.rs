//! A set of keys (RFC 7517 section 5).
//!
//! 1. A key that cannot be used is left out; it does not spoil the others.
//! 2. A name stands for one key of an algorithm, or for none: keys that share it and differ are both left out.
//! 3. A token is verified with one key, however many there are.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::algorithm::Algorithm;
use super::jwk::Key;
use super::key_error::KeyError;
use super::members::Unusable;
use crate::validate::claim::ClaimMap;

/// More keys than any issuer has. Each is looked at whenever a `kid` is unknown, and compared with the others.
pub(super) const MAX_KEYS: usize = 1_000;

/// A JWKS.
#[derive(Default)]
pub(super) struct KeySet {
    pub(super) keys: Vec<Arc<Key>>,
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Entry>,
    /// Without meaning, but not repeated either.
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
    /// Reads a JWKS; keys that cannot be used are left out and logged. `document` must be safe to parse.
    pub(super) fn parse(document: &str) -> Option<Self> {
        let jwks: Jwks = serde_json::from_str(document).ok()?;
        if jwks.keys.len() > MAX_KEYS {
            return None;
        }
        let mut keys = Vec::with_capacity(jwks.keys.len());
        for (index, entry) in jwks.keys.iter().enumerate() {
            let key = match entry {
                Entry::Jwk(members) => Key::parse(&members.0),
                Entry::Other(_) => Err(Unusable::Malformed),
            };
            match key {
                Ok(key) => keys.push(key),
                Err(reason @ (Unusable::Private | Unusable::SmallOrder)) => {
                    tracing::warn!(index, %reason, "a key of the issuer is not used");
                }
                Err(reason) => tracing::debug!(index, %reason, "a key of the issuer is not used"),
            }
        }
        Some(Self { keys: unambiguous(keys).into_iter().map(Arc::new).collect() })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How often signatures were verified with these keys.
    #[cfg(test)]
    pub(super) fn tried(&self) -> usize {
        self.keys.iter().map(|key| key.tried.load(std::sync::atomic::Ordering::Relaxed)).sum()
    }

    /// Takes over the keys of `previous` that are still published, and retires the others.
    pub(super) fn succeeding(mut self, previous: &Self) -> Self {
        for old in &previous.keys {
            match self.keys.iter_mut().find(|new| new.is_same_as(old)) {
                Some(new) => *new = Arc::clone(old),
                None => old.retire(),
            }
        }
        self
    }

    /// The key for a token. A token without `kid` is verified only where no two keys could be meant.
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

/// One key for each name and algorithm.
fn unambiguous(mut keys: Vec<Key>) -> Vec<Key> {
    let mut seen = HashSet::new();
    keys.retain(|key| seen.insert((key.id.clone(), key.algorithm, key.numbers.clone())));
    let mut named: HashMap<_, usize> = HashMap::new();
    for key in &keys {
        *named.entry((key.id.clone(), key.algorithm)).or_default() += 1;
    }
    let before = keys.len();
    // Keys without a name stay: `find` takes none of them where there are two.
    keys.retain(|key| key.id.is_none() || named.get(&(key.id.clone(), key.algorithm)) == Some(&1));
    if keys.len() < before {
        tracing::warn!(keys = before - keys.len(), "keys of the issuer are not used: they share their kid with others");
    }
    keys
}

#[cfg(test)]
mod tests;
