//! The issuer's keys over time.
//!
//! 1. Requests never wait for a refresh while the key they need is known; one that is due runs beside them.
//! 2. An unknown `kid` causes one fetch for all requests that wait for it. After a few of them there is one for each cool-down: a flood of made-up
//!    `kid`s costs the issuer nothing, and while nothing may be fetched nobody says that a key does not exist.
//! 3. When the issuer cannot be reached, the known keys stay in use for a bounded time. After that, and whenever it cannot be told whether a key
//!    exists, tokens cannot be validated, which is not the same as being invalid.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use tokio::time::timeout;
use url::Url;

use super::age::Moment;
use super::algorithm::Algorithm;
use super::discovery;
use super::discovery::{DiscoveryError, MetadataForm};
use super::jwk::Key;
use super::key_error::KeyError;
use super::set::{KeySet, MAX_KEYS};
use crate::validate::Readiness;
use crate::validate::fetch::{FetchError, Fetcher};

/// How the keys of an issuer are kept.
#[derive(Clone, Debug)]
pub(crate) struct KeyStoreSettings {
    pub(crate) issuer: String,
    /// Where the issuer's metadata may be.
    pub(crate) metadata_forms: &'static [MetadataForm],
    /// `None`: by discovery.
    pub(crate) jwks_uri: Option<Url>,
    /// How old keys may get before they are fetched anew, where the issuer does not say.
    pub(crate) refresh_after: Duration,
    /// For how long keys that should have been fetched anew stay in use while the issuer cannot be reached.
    pub(crate) outage_grace: Duration,
    /// How long metadata and keys together may take to come: requests wait for them.
    pub(crate) fetch_limit: Duration,
    /// The time between two fetches, after the first few.
    pub(crate) cool_down: Duration,
}

impl KeyStoreSettings {
    /// How old keys may get: as the issuer's `max-age` says, within bounds.
    fn patience(&self, max_age: Option<Duration>) -> Duration {
        max_age.unwrap_or(self.refresh_after).min(MAX_AGE).max(self.cool_down)
    }
}

/// Why the keys cannot be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum RefreshError {
    #[error("the issuer is not a URL")]
    NotAUrl,
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("{0} holds no JWKS of up to {MAX_KEYS} keys")]
    NotJwks(Url),
    #[error("the authorization server took longer than {} ms for all of it", .0.as_millis())]
    Slow(Duration),
}

#[derive(Clone)]
pub(in crate::validate) struct KeyStore(Arc<Inner>);

struct Inner {
    settings: KeyStoreSettings,
    fetcher: Fetcher,
    current: ArcSwapOption<Current>,
    refresh: Mutex<Refresh>,
}

struct Current {
    keys: KeySet,
    fetched: Moment,
    /// How old they may get before they are fetched anew.
    refresh_after: Duration,
    /// How old they may get before they are of no use.
    usable_for: Duration,
}

/// How many fetches may follow each other at once: a rotation just after somebody made up a `kid` must not wait.
const BURST: u32 = 5;
/// The longest that keys are used without asking again, whatever the issuer's `max-age` says: a key that is withdrawn must not live for long.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(60 * 60);

struct Refresh {
    /// The fetch that is under way, for everybody to wait on; whether the issuer answered.
    running: Option<Shared<BoxFuture<'static, bool>>>,
    /// How many fetches may start now.
    allowance: u32,
    /// Since when the allowance grows. By the steady clock alone: what it misses only delays a fetch.
    counted: Instant,
    failed: bool,
    /// Found by discovery; forgotten when a fetch fails, and after a while, in case it moved.
    jwks_uri: Option<(Url, Instant)>,
}

impl KeyStore {
    pub(in crate::validate) fn new(settings: KeyStoreSettings, fetcher: Fetcher) -> Self {
        Self(Arc::new(Inner {
            settings,
            fetcher,
            current: ArcSwapOption::empty(),
            refresh: Mutex::new(Refresh::new()),
        }))
    }

    /// Fetches the keys for the first time, and says why that fails.
    pub(in crate::validate) async fn load(&self) -> Result<(), RefreshError> {
        self.0.fetch().await
    }

    /// The key that a token's header names.
    pub(in crate::validate) async fn key(&self, id: Option<&str>, algorithm: Algorithm) -> Result<Arc<Key>, KeyError> {
        match self.look_up(id, algorithm) {
            Err(KeyError::Unknown | KeyError::Unavailable { .. }) => {}
            found => return found,
        }
        for _ in 0..2 {
            let Some(Fetch { running, is_new }) = self.refresh() else { return Err(self.unavailable()) };
            let answered = running.await;
            match self.look_up(id, algorithm) {
                // Without an answer of the issuer nobody can say that the key does not exist.
                Err(KeyError::Unknown) if !answered => return Err(self.unavailable()),
                // The issuer may have published the key just after it had answered that fetch.
                Err(KeyError::Unknown) if !is_new => {}
                result => return result,
            }
        }
        // Both fetches were under way already, so the second began after the first and has seen whatever the token's sender saw.
        self.look_up(id, algorithm)
    }

    /// Asks the issuer anew, because a token without `kid` was not signed by the one key that it could mean.
    pub(super) async fn instead_of(
        &self,
        stale: &Arc<Key>,
        algorithm: Algorithm,
    ) -> Result<Option<Arc<Key>>, KeyError> {
        let Some(Fetch { running, .. }) = self.refresh() else { return Err(self.unavailable()) };
        if !running.await {
            return Err(self.unavailable());
        }
        match self.look_up(None, algorithm) {
            Ok(key) => Ok(Some(key).filter(|key| !Arc::ptr_eq(key, stale))),
            Err(KeyError::Unknown) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Fetches the keys if they are older than `max_age`, as far as the allowance for fetches permits, and waits for them.
    pub(super) async fn refresh_if_older(&self, max_age: Duration) {
        let is_older = self.0.current.load().as_ref().is_none_or(|current| current.fetched.elapsed() >= max_age);
        // Unknown keys come first: a request waits for those.
        if is_older && let Some(Fetch { running, .. }) = self.refresh_keeping(BURST / 2) {
            running.await;
        }
    }

    /// Whether keys are in use that the issuer published recently enough. Starts a refresh beside the request when one is due.
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
            ready: current
                .is_some_and(|current| current.fetched.elapsed() < current.usable_for && !current.keys.is_empty()),
            keys_age: current.map(|current| current.fetched.elapsed()),
            issuer_reachable: (current.is_some() || refresh.failed).then_some(!refresh.failed),
        }
    }

    /// How often signatures were verified with the current keys.
    #[cfg(test)]
    pub(super) fn tried(&self) -> usize {
        self.0.current.load().as_ref().map_or(0, |current| current.keys.tried())
    }

    fn look_up(&self, id: Option<&str>, algorithm: Algorithm) -> Result<Arc<Key>, KeyError> {
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

    /// Joins the fetch under way, or starts one unless the last is too recent. The fetch does not end with the request that started it.
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
        let running = Running(Arc::clone(&self.0));
        let task = tokio::spawn(async move {
            let inner = &running.0;
            let fetched = inner.fetch().await;
            if let Err(error) = &fetched {
                tracing::warn!(issuer = inner.settings.issuer, %error, "the issuer's keys cannot be fetched");
            }
            fetched.is_ok()
        });
        let running = task.map(|answered| answered.unwrap_or(false)).boxed().shared();
        refresh.running = Some(running.clone());
        Some(Fetch { running, is_new: true })
    }
}

/// A fetch to wait for.
struct Fetch {
    running: Shared<BoxFuture<'static, bool>>,
    /// Whether it began just now. One that was under way may have had its answer before the token was made.
    is_new: bool,
}

/// Says that the fetch is over, however it ends.
struct Running(Arc<Inner>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.lock().running = None;
    }
}

impl Refresh {
    fn new() -> Self {
        Self { running: None, allowance: BURST, counted: Instant::now(), failed: false, jwks_uri: None }
    }

    /// Takes one fetch from the allowance, which grows by one for each cool-down, if more than `reserve` are left.
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
        refresh.failed = result.is_err();
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
        let document = self.fetcher.get(&url).await?;
        let keys = KeySet::parse(&document.body).ok_or_else(|| RefreshError::NotJwks(url.clone()))?;
        let previous = self.current.load();
        if keys.is_empty() {
            // The issuer's word is final even so: its old keys are retired, and every token is refused.
            tracing::warn!(%url, "the issuer publishes no key that can verify a signature");
        }
        let keys = match previous.as_ref() {
            Some(previous) => keys.succeeding(&previous.keys),
            None => keys,
        };
        let refresh_after = self.settings.patience(document.max_age);
        let usable_for = refresh_after + self.settings.outage_grace;
        self.current.store(Some(Arc::new(Current { keys, fetched: Moment::now(), refresh_after, usable_for })));
        Ok(())
    }
}

impl std::fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyStore").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
