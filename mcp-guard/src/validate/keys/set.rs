//! A set of keys (RFC 7517 section 5).
//!
//! 1. An unusable key is ignored. It does not affect the other keys, and its `kid` is not an unknown one: fetching the
//!    keys again would not help.
//! 2. A `kid` identifies at most one key of an algorithm. Different keys with the same `kid` and algorithm are all
//!    ignored.
//! 3. A token is verified with exactly one key.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

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
    pub(super) ignored: Vec<IgnoredKey>,
}

/// A key that cannot be used.
#[derive(Clone, Debug)]
pub(super) struct IgnoredKey {
    pub(super) id: Option<String>,
    /// The position in the document, from 0.
    pub(super) index: usize,
    pub(super) reason: UnusableKey,
}

impl IgnoredKey {
    fn is_same_as(&self, other: &Self) -> bool {
        let is_same_key = self.id == other.id && (self.id.is_some() || self.index == other.index);
        is_same_key && self.reason == other.reason
    }
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
    /// Parses a JWKS for tokens with one of the `allowed` algorithms. `document` must be safe to parse.
    pub(super) fn parse(document: &str, allowed: &[Algorithm]) -> Option<Self> {
        let jwks: Jwks = serde_json::from_str(document).ok()?;
        if jwks.keys.len() > MAX_KEYS {
            return None;
        }
        let (mut keys, mut ignored) = (Vec::with_capacity(jwks.keys.len()), Vec::new());
        for (index, entry) in jwks.keys.iter().enumerate() {
            let (key, id) = match entry {
                Entry::Jwk(members) => (Key::parse(&members.0, allowed), members.0.get("kid").and_then(Value::as_str)),
                Entry::Other(_) => (Err(UnusableKey::Malformed), None),
            };
            match key {
                Ok(key) => keys.push((index, key)),
                Err(reason) => ignored.push(IgnoredKey { id: id.map(str::to_owned), index, reason }),
            }
        }
        let keys = unambiguous(keys, &mut ignored).into_iter().map(Arc::new).collect();
        Some(Self { keys, ignored })
    }

    /// Logs the unusable keys that `previous` does not contain.
    pub(super) fn report_ignored(&self, previous: Option<&Self>) {
        for key in &self.ignored {
            let IgnoredKey { id, index, reason } = key;
            if previous.is_some_and(|previous| previous.ignored.iter().any(|known| known.is_same_as(key))) {
                continue;
            }
            if *reason == UnusableKey::Encryption {
                // Providers publish these keys next to those for signatures.
                tracing::debug!(kid = ?id, index, %reason, "issuer key ignored");
            } else {
                tracing::warn!(kid = ?id, index, %reason, "issuer key ignored: its tokens are rejected");
            }
        }
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
            let is_ignored = self.ignored.iter().any(|key| key.id.as_deref() == Some(id));
            return Err(if is_ignored { KeyError::Unusable } else { KeyError::Unknown });
        }
        known.find(|key| key.algorithm == algorithm).ok_or(KeyError::OtherAlgorithm)
    }
}

/// Moves different keys with the same `kid` and algorithm to `ignored`. Each key has its position in the document.
fn unambiguous(mut keys: Vec<(usize, Key)>, ignored: &mut Vec<IgnoredKey>) -> Vec<Key> {
    let mut seen = HashSet::new();
    keys.retain(|(_, key)| seen.insert((key.id.clone(), key.algorithm, key.numbers.clone())));
    let mut named: HashMap<_, usize> = HashMap::new();
    for (_, key) in &keys {
        *named.entry((key.id.clone(), key.algorithm)).or_default() += 1;
    }
    // Keys without `kid` are kept: `find` rejects ambiguous ones.
    let is_kept = |key: &Key| key.id.is_none() || named.get(&(key.id.clone(), key.algorithm)) == Some(&1);
    let (kept, ambiguous): (Vec<_>, Vec<_>) = keys.into_iter().partition(|(_, key)| is_kept(key));
    let ignore = |(index, key): (usize, Key)| IgnoredKey { id: key.id, index, reason: UnusableKey::Ambiguous };
    ignored.extend(ambiguous.into_iter().map(ignore));
    kept.into_iter().map(|(_, key)| key).collect()
}

#[cfg(test)]
mod tests;
