//! Where the keys come from: from the issuer, or from whoever configured the server.

use std::sync::Arc;
use std::time::Duration;

use super::algorithm::Algorithm;
use super::jwk::Key;
use super::key_error::KeyError;
use super::set::KeySet;
use super::store::KeyStore;
use crate::json;
use crate::validate::Readiness;

/// The keys of an issuer.
pub(in crate::validate) enum Keys {
    /// Fetched, and fetched again.
    Fetched(KeyStore),
    /// Given once and for all.
    Given(GivenKeys),
}

/// Keys that never change and are never fetched.
pub(crate) struct GivenKeys(KeySet);

impl GivenKeys {
    /// Reads a JWKS; `None` if it is none, or has no key for one of these algorithms.
    pub(crate) fn parse(document: &str, algorithms: &[Algorithm]) -> Option<Self> {
        let set = json::is_safe(document).then(|| KeySet::parse(document)).flatten()?;
        set.keys.iter().any(|key| algorithms.contains(&key.algorithm())).then_some(Self(set))
    }
}

impl Keys {
    /// The key that a token's header names.
    pub(in crate::validate) async fn key(&self, id: Option<&str>, algorithm: Algorithm) -> Result<Arc<Key>, KeyError> {
        match self {
            Self::Fetched(store) => store.key(id, algorithm).await,
            Self::Given(keys) => keys.0.find(id, algorithm).cloned(),
        }
    }

    /// Fetches keys that are older than `max_age`, if they are fetched at all.
    pub(in crate::validate) async fn refresh_if_older(&self, max_age: Duration) {
        match self {
            Self::Fetched(store) => store.refresh_if_older(max_age).await,
            Self::Given(_) => {}
        }
    }

    /// The key that the issuer has now in place of `stale`, if it has another one.
    pub(in crate::validate) async fn instead_of(
        &self,
        stale: &Arc<Key>,
        algorithm: Algorithm,
    ) -> Result<Option<Arc<Key>>, KeyError> {
        match self {
            Self::Fetched(store) => store.instead_of(stale, algorithm).await,
            Self::Given(_) => Ok(None),
        }
    }

    /// Whether tokens can be validated with what is known now. Starts a refresh beside the request when one is due.
    pub(in crate::validate) fn is_usable(&self) -> bool {
        match self {
            Self::Fetched(store) => store.is_usable(),
            Self::Given(_) => true,
        }
    }

    pub(in crate::validate) fn readiness(&self) -> Readiness {
        match self {
            Self::Fetched(store) => store.readiness(),
            Self::Given(_) => Readiness { ready: true, keys_age: None, issuer_reachable: None },
        }
    }

    /// How often signatures were verified with the keys that are known now.
    #[cfg(test)]
    pub(in crate::validate) fn tried(&self) -> usize {
        match self {
            Self::Fetched(store) => store.tried(),
            Self::Given(keys) => keys.0.tried(),
        }
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fetched(store) => store.fmt(f),
            Self::Given(_) => f.write_str("GivenKeys"),
        }
    }
}
