//! Fetching, refresh and rotation of the keys of an issuer.
//!
//! 1. Requests never wait for a refresh while the key that they need is known. A due refresh runs in the background.
//! 2. An unknown `kid` causes one fetch, shared by all requests that wait for it. After a few fetches, only one is
//!    allowed per cool-down. So a flood of unknown `kid`s does not load the issuer. While no fetch is allowed, a key is
//!    not reported as unknown.
//! 3. While the issuer cannot be reached, the known keys remain usable for a limited time. After that, and whenever an
//!    unknown key cannot be looked up, the token is neither valid nor invalid: the validator is unavailable.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use tokio::time::timeout;
use url::Url;

use super::algorithm::Algorithm;
use super::discovery;
use super::discovery::{DiscoveryError, MetadataForm};
use super::jwk::Key;
use super::key_error::KeyError;
use super::set::{KeySet, MAX_KEYS};
use super::timestamp::Timestamp;
use crate::metrics;
use crate::since::Since;
use crate::validate::Readiness;
use crate::validate::fetch::{Accept, Failure, FetchError, Fetcher};

/// The settings of a key store.
#[derive(Clone, Debug)]
pub(crate) struct KeyStoreSettings {
    pub(crate) issuer: String,
    /// The possible locations of the issuer metadata.
    pub(crate) metadata_forms: &'static [MetadataForm],
    /// The JWKS URL. `None` uses discovery.
    pub(crate) jwks_uri: Option<Url>,
    /// The allowed signature algorithms.
    pub(crate) algorithms: Vec<Algorithm>,
    /// The refresh interval, if the issuer does not send `max-age`.
    pub(crate) refresh_after: Duration,
    /// The time that due keys remain usable while the issuer cannot be reached.
    pub(crate) outage_grace: Duration,
    /// The time limit for fetching metadata and keys together, because requests wait for them.
    pub(crate) fetch_limit: Duration,
    /// The minimum time between two fetches, after the first few.
    pub(crate) cool_down: Duration,
}

impl KeyStoreSettings {
    /// Returns the refresh interval: the `max-age` of the issuer, within limits.
    fn refresh_interval(&self, max_age: Option<Duration>) -> Duration {
        max_age.unwrap_or(self.refresh_after).min(MAX_AGE).max(self.cool_down)
    }
}

/// A failed refresh.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum RefreshError {
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("{0} did not return a JWKS with at most {MAX_KEYS} keys")]
    NotJwks(Url),
    #[error("the authorization server did not return its keys within {} ms", .0.as_millis())]
    Slow(Duration),
}

impl RefreshError {
    /// Returns the kind of the failure.
    pub(crate) const fn failure(&self) -> Failure {
        match self {
            Self::Discovery(error) => error.failure(),
            Self::Fetch(error) => error.failure(),
            Self::Slow(_) => Failure::Timeout,
            Self::NotJwks(_) => Failure::Invalid,
        }
    }
}

/// The keys of an issuer, refreshed over time. Empty until the first [`load`](Self::load).
#[derive(Clone)]
pub(crate) struct KeyStore(Arc<Inner>);

struct Inner {
    settings: KeyStoreSettings,
    fetcher: Fetcher,
    current: ArcSwapOption<Current>,
    /// The time before which there were no keys.
    created: Since,
    refresh: Mutex<Refresh>,
}

struct Current {
    keys: KeySet,
    fetched: Timestamp,
    /// The age at which the keys are refreshed.
    refresh_after: Duration,
    /// The age at which the keys become unusable.
    usable_for: Duration,
    /// Whether there are keys.
    filled: Since,
}

impl Current {
    /// Returns whether the keys are usable.
    fn is_usable(&self) -> Since {
        let is_expired = self.fetched.elapsed() >= self.usable_for;
        if self.filled.is_ready && is_expired {
            return Since { is_ready: false, time: self.fetched.time_after(self.usable_for) };
        }
        self.filled
    }
}

/// The number of fetches without cool-down, so that an invented `kid` does not delay a rotation.
const BURST: u32 = 5;
/// The upper limit for the `max-age` of the issuer, so that a withdrawn key is not used for long.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(60 * 60);

struct Refresh {
    /// The fetch in progress, shared by all waiting requests. Resolves to whether it succeeded.
    running: Option<Shared<BoxFuture<'static, bool>>>,
    /// The number of fetches that may start now.
    allowance: u32,
    /// The start of the current growth interval. A suspended monotonic clock only delays a fetch.
    counted: Instant,
    /// The failure of the last fetch, unless it succeeded.
    failure: Option<Failure>,
    /// Whether the last fetch succeeded.
    succeeded: Since,
    /// The discovered JWKS URL. Discarded when a fetch fails, and after `MAX_AGE`, because it may have moved.
    jwks_uri: Option<(Url, Instant)>,
}

impl KeyStore {
    pub(in crate::validate) fn new(settings: KeyStoreSettings, fetcher: Fetcher) -> Self {
        Self(Arc::new(Inner {
            settings,
            fetcher,
            current: ArcSwapOption::empty(),
            created: Since::now(false),
            refresh: Mutex::new(Refresh::new()),
        }))
    }

    /// Fetches the keys for the first time.
    ///
    /// # Errors
    ///
    /// [`RefreshError`] if the fetch fails.
    pub(crate) async fn load(&self) -> Result<(), RefreshError> {
        self.0.fetch().await
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.0.settings.issuer
    }

    /// Returns whether the URL of the keys is configured, instead of discovered.
    pub(crate) fn has_configured_url(&self) -> bool {
        self.0.settings.jwks_uri.is_some()
    }

    /// Returns the failure of the last fetch, unless it succeeded.
    pub(crate) fn failure(&self) -> Option<Failure> {
        self.0.lock().failure
    }

    /// Returns whether the last fetch succeeded.
    pub(crate) fn succeeded(&self) -> Since {
        self.0.lock().succeeded
    }

    /// Returns whether the keys are usable, and their age.
    pub(crate) fn usable(&self) -> (Since, Option<Duration>) {
        let current = self.0.current.load();
        let current = current.as_ref();
        (self.0.usable(current.map(Arc::as_ref)), current.map(|current| current.fetched.elapsed()))
    }

    /// Returns the key for a token with this `kid` and algorithm. Fetches the keys if the `kid` is unknown.
    pub(in crate::validate) async fn key(&self, id: Option<&str>, algorithm: Algorithm) -> Result<Arc<Key>, KeyError> {
        match self.find_usable(id, algorithm) {
            Err(KeyError::Unknown | KeyError::Unavailable { .. }) => {}
            found => return found,
        }
        for _ in 0..2 {
            let Some(Fetch { running, is_new }) = self.refresh() else { return Err(self.unavailable()) };
            let answered = running.await;
            match self.find_usable(id, algorithm) {
                // The fetch failed, so the key may still exist.
                Err(KeyError::Unknown) if !answered => return Err(self.unavailable()),
                // The key may have been published after the response of a fetch that had already started.
                Err(KeyError::Unknown) if !is_new => {}
                result => return result,
            }
        }
        // The second fetch started after the first one, and so after this call. Its result is current.
        self.find_usable(id, algorithm)
    }

    /// Fetches the keys after the signature of a token without `kid` failed, and returns the replacement for `stale`.
    pub(super) async fn replacement_for(
        &self,
        stale: &Arc<Key>,
        algorithm: Algorithm,
    ) -> Result<Option<Arc<Key>>, KeyError> {
        let Some(Fetch { running, .. }) = self.refresh() else { return Err(self.unavailable()) };
        if !running.await {
            return Err(self.unavailable());
        }
        match self.find_usable(None, algorithm) {
            Ok(key) => Ok(Some(key).filter(|key| !Arc::ptr_eq(key, stale))),
            Err(KeyError::Unknown) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Refreshes keys that are older than `max_age` and waits for the result, if the fetch allowance permits.
    pub(super) async fn refresh_if_older(&self, max_age: Duration) {
        let is_older = self.0.current.load().as_ref().is_none_or(|current| current.fetched.elapsed() >= max_age);
        // Fetches for unknown keys have priority, because requests wait for them.
        if is_older && let Some(Fetch { running, .. }) = self.refresh_keeping(BURST / 2) {
            running.await;
        }
    }

    /// Returns whether the known keys are recent enough. Starts a background refresh if one is due.
    pub(in crate::validate) fn is_usable(&self) -> bool {
        let current = self.0.current.load();
        let Some(current) = current.as_ref() else { return false };
        let age = current.fetched.elapsed();
        if age >= current.refresh_after {
            drop(self.refresh());
        }
        age < current.usable_for
    }

    pub(in crate::validate) fn readiness(&self) -> Readiness {
        let refresh = self.0.lock();
        let current = self.0.current.load();
        let current = current.as_ref();
        Readiness {
            ready: current.is_some_and(|current| current.is_usable().is_ready),
            keys_age: current.map(|current| current.fetched.elapsed()),
            issuer_reachable: match (current, refresh.failure) {
                (None, None) => None,
                (_, failure) => Some(failure.is_none()),
            },
        }
    }

    /// Returns the number of signature verifications with the current keys.
    #[cfg(test)]
    pub(super) fn tried(&self) -> usize {
        self.0.current.load().as_ref().map_or(0, |current| current.keys.tried())
    }

    fn find_usable(&self, id: Option<&str>, algorithm: Algorithm) -> Result<Arc<Key>, KeyError> {
        if !self.is_usable() {
            return Err(self.unavailable());
        }
        let current = self.0.current.load();
        match current.as_ref() {
            Some(current) => current.keys.find(id, algorithm).cloned(),
            None => Err(self.unavailable()),
        }
    }

    fn unavailable(&self) -> KeyError {
        let waited = self.0.lock().counted.elapsed();
        let retry_after = self.0.settings.cool_down.saturating_sub(waited).max(Duration::from_secs(1));
        KeyError::Unavailable { retry_after }
    }

    /// Joins the fetch in progress, or starts one. Returns `None` during the cool-down. The fetch continues if the
    /// request that started it is dropped.
    fn refresh(&self) -> Option<Fetch> {
        self.refresh_keeping(0)
    }

    /// Like [`refresh`](Self::refresh), but leaves an allowance of `reserve` fetches.
    fn refresh_keeping(&self, reserve: u32) -> Option<Fetch> {
        let mut refresh = self.0.lock();
        if let Some(running) = &refresh.running {
            return Some(Fetch { running: running.clone(), is_new: false });
        }
        if !refresh.may_start(self.0.settings.cool_down, reserve) {
            return None;
        }
        let running = ClearRunning(Arc::clone(&self.0));
        let task = tokio::spawn(async move {
            let inner = &running.0;
            let fetched = inner.fetch().await;
            if let Err(error) = &fetched {
                tracing::warn!(issuer = inner.settings.issuer, %error, "key refresh failed");
            }
            fetched.is_ok()
        });
        let running = task.map(|answered| answered.unwrap_or(false)).boxed().shared();
        refresh.running = Some(running.clone());
        Some(Fetch { running, is_new: true })
    }
}

/// A pending fetch.
struct Fetch {
    running: Shared<BoxFuture<'static, bool>>,
    /// Whether this call started the fetch. The response of an earlier fetch may be older than the token.
    is_new: bool,
}

/// Clears the pending fetch when it ends, also after a panic or cancellation.
struct ClearRunning(Arc<Inner>);

impl Drop for ClearRunning {
    fn drop(&mut self) {
        self.0.lock().running = None;
    }
}

impl Refresh {
    fn new() -> Self {
        Self {
            running: None,
            allowance: BURST,
            counted: Instant::now(),
            failure: None,
            succeeded: Since::now(false),
            jwks_uri: None,
        }
    }

    /// Takes one fetch from the allowance, if more than `reserve` remain. The allowance grows by one per cool-down.
    fn may_start(&mut self, cool_down: Duration, reserve: u32) -> bool {
        let grown = match cool_down.as_nanos() {
            0 => u128::from(BURST),
            cool_down => self.counted.elapsed().as_nanos() / cool_down,
        };
        if grown > 0 {
            let grown = u32::try_from(grown).unwrap_or(BURST);
            self.allowance = self.allowance.saturating_add(grown).min(BURST);
            self.counted = Instant::now();
        }
        match self.allowance.checked_sub(1) {
            Some(left) if left >= reserve => {
                self.allowance = left;
                true
            }
            _ => false,
        }
    }
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, Refresh> {
        self.refresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch(&self) -> Result<(), RefreshError> {
        let limit = self.settings.fetch_limit;
        let result = timeout(limit, self.try_fetch()).await.unwrap_or(Err(RefreshError::Slow(limit)));
        let mut refresh = self.lock();
        refresh.failure = result.as_ref().err().map(RefreshError::failure);
        refresh.succeeded.set(result.is_ok());
        if result.is_err() {
            refresh.jwks_uri = None;
        }
        result
    }

    async fn try_fetch(&self) -> Result<(), RefreshError> {
        let found = || self.lock().jwks_uri.clone().filter(|(_, found)| found.elapsed() < MAX_AGE).map(|(url, _)| url);
        let url = match self.settings.jwks_uri.clone().or_else(found) {
            Some(url) => url,
            None => {
                let url =
                    discovery::jwks_uri(&self.fetcher, &self.settings.issuer, self.settings.metadata_forms).await?;
                self.lock().jwks_uri = Some((url.clone(), Instant::now()));
                url
            }
        };
        let document = self.fetcher.get(&url, Accept::JWKS).await?;
        let keys = KeySet::parse(&document.body, &self.settings.algorithms);
        let keys = keys.ok_or_else(|| RefreshError::NotJwks(url.clone()))?;
        let previous = self.current.load();
        keys.report_ignored(previous.as_ref().map(|previous| &previous.keys));
        if keys.is_empty() {
            // An empty set is accepted: the old keys are retired, and every token is rejected.
            tracing::warn!(%url, "the issuer publishes no usable key");
        }
        let keys = match previous.as_ref() {
            Some(previous) => keys.replacing(&previous.keys),
            None => keys,
        };
        let refresh_after = self.settings.refresh_interval(document.max_age);
        let usable_for = refresh_after + self.settings.outage_grace;
        let mut filled = self.usable(previous.as_ref().map(Arc::as_ref));
        filled.set(!keys.is_empty());
        let fetched = Timestamp::now();
        metrics::fetched_keys(&self.settings.issuer);
        self.current.store(Some(Arc::new(Current { keys, fetched, refresh_after, usable_for, filled })));
        Ok(())
    }

    fn usable(&self, current: Option<&Current>) -> Since {
        current.map_or(self.created, Current::is_usable)
    }
}

impl std::fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyStore").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
