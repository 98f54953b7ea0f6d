//! The sources of keys: fetched from the issuer, or given in the configuration.

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
    /// Fetched and refreshed.
    Fetched(KeyStore),
    /// Given in the configuration.
    Given(GivenKeys),
}

/// Keys that never change and are never fetched.
pub(crate) struct GivenKeys(KeySet);

impl GivenKeys {
    /// Parses a JWKS. Returns `None` if it is invalid, or has no key for any of these algorithms.
    pub(crate) fn parse(document: &str, algorithms: &[Algorithm]) -> Option<Self> {
        let set = json::is_safe(document).then(|| KeySet::parse(document, algorithms)).flatten()?;
        set.report_ignored(None);
        (!set.is_empty()).then_some(Self(set))
    }
}

impl Keys {
    /// Returns the key for a token with this `kid` and algorithm.
    pub(in crate::validate) async fn key(&self, id: Option<&str>, algorithm: Algorithm) -> Result<Arc<Key>, KeyError> {
        match self {
            Self::Fetched(store) => store.key(id, algorithm).await,
            Self::Given(keys) => keys.0.find(id, algorithm).cloned(),
        }
    }

    /// Refreshes fetched keys that are older than `max_age`.
    pub(in crate::validate) async fn refresh_if_older(&self, max_age: Duration) {
        match self {
            Self::Fetched(store) => store.refresh_if_older(max_age).await,
            Self::Given(_) => {}
        }
    }

    /// Returns the key that has replaced `stale` at the issuer, if there is one.
    pub(in crate::validate) async fn replacement_for(
        &self,
        stale: &Arc<Key>,
        algorithm: Algorithm,
    ) -> Result<Option<Arc<Key>>, KeyError> {
        match self {
            Self::Fetched(store) => store.replacement_for(stale, algorithm).await,
            Self::Given(_) => Ok(None),
        }
    }

    /// Returns whether the known keys are usable. Starts a background refresh if one is due.
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

    /// Returns the number of signature verifications with the current keys.
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
