//! The issuer's keys over time.
//!
//! 1. Requests never wait for a refresh while the key they need is known; one that is due runs beside them.
//! 2. An unknown `kid` causes one fetch for all requests that wait for it. After a few of them there is one for each cool-down: a flood of made-up
//!    `kid`s costs the issuer nothing, and while nothing may be fetched nobody says that a key does not exist.
//! 3. When the issuer cannot be reached, the known keys stay in use for a bounded time. After that, and whenever it cannot be told whether a key
//!    exists, tokens cannot be validated, which is not the same as being invalid.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use arc_swap::ArcSwapOption;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::future::Shared;
use url::Url;

use super::algorithm::Algorithm;
use super::discovery;
use super::discovery::DiscoveryError;
use super::jwk::Key;
use super::jwk::KeySet;
use super::jwk::Lookup;
use crate::validate::Readiness;
use crate::validate::fetch::FetchError;
use crate::validate::fetch::Fetcher;

/// How the keys of an issuer are kept.
#[derive(Clone, Debug)]
pub(in crate::validate) struct KeyStoreSettings {
    pub(in crate::validate) issuer: String,
    /// `None`: by discovery.
    pub(in crate::validate) jwks_uri: Option<Url>,
    /// How old keys may get before they are fetched anew, where the issuer does not say.
    pub(in crate::validate) refresh_after: Duration,
    /// For how long keys that should have been fetched anew stay in use while the issuer cannot be reached.
    pub(in crate::validate) outage_grace: Duration,
    /// The time between two fetches, after the first few.
    pub(in crate::validate) cool_down: Duration,
}

impl KeyStoreSettings {
    /// How old keys may get: as the issuer's `max-age` says, within bounds.
    fn patience(&self, max_age: Option<Duration>) -> Duration {
        max_age.unwrap_or(self.refresh_after).min(MAX_AGE).max(self.cool_down)
    }
}

/// Why there is no key for a token.
#[derive(Debug, Eq, PartialEq)]
pub(in crate::validate) enum KeyError {
    /// The issuer publishes no such key.
    Unknown,
    /// The key is for another algorithm.
    OtherAlgorithm,
    /// The issuer cannot be asked.
    Unavailable { retry_after: Duration },
}

/// Why the keys cannot be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(in crate::validate) enum RefreshError {
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("{0} holds no JWKS")]
    NotJwks(Url),
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
    fetched: Instant,
    refresh_at: Instant,
    usable_until: Instant,
}

/// How many fetches may follow each other at once: a rotation just after somebody made up a `kid` must not wait.
const BURST: u32 = 5;
/// The longest that keys are used without asking again, whatever the issuer's `max-age` says: a key that is withdrawn must not live for long.
const MAX_AGE: Duration = Duration::from_secs(60 * 60);

struct Refresh {
    /// The fetch that is under way, for everybody to wait on.
    running: Option<Shared<BoxFuture<'static, ()>>>,
    /// How many fetches may start now.
    allowance: u32,
    /// Since when the allowance grows.
    counted: Instant,
    failed: bool,
    /// Found by discovery; forgotten when a fetch fails, in case it moved.
    jwks_uri: Option<Url>,
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
        let Some(running) = self.refresh() else { return Err(self.unavailable()) };
        running.await;
        match self.look_up(id, algorithm) {
            // Without an answer of the issuer nobody can say that the key does not exist.
            Err(KeyError::Unknown) if self.0.lock().failed => Err(self.unavailable()),
            result => result,
        }
    }

    /// Whether keys are in use that the issuer published recently enough. Starts a refresh beside the request when one is due.
    pub(in crate::validate) fn is_usable(&self) -> bool {
        let now = Instant::now();
        let current = self.0.current.load();
        let Some(current) = current.as_ref() else { return false };
        if now >= current.refresh_at {
            drop(self.refresh());
        }
        now < current.usable_until
    }

    pub(in crate::validate) fn readiness(&self) -> Readiness {
        let refresh = self.0.lock();
        let current = self.0.current.load();
        let current = current.as_ref();
        Readiness {
            ready: current.is_some_and(|current| Instant::now() < current.usable_until && !current.keys.is_empty()),
            keys_age: current.map(|current| current.fetched.elapsed()),
            issuer_reachable: (current.is_some() || refresh.failed).then_some(!refresh.failed),
        }
    }

    fn look_up(&self, id: Option<&str>, algorithm: Algorithm) -> Result<Arc<Key>, KeyError> {
        if !self.is_usable() {
            return Err(self.unavailable());
        }
        let current = self.0.current.load();
        match current.as_ref().map(|current| current.keys.find(id, algorithm)) {
            Some(Lookup::Found(key)) => Ok(Arc::clone(key)),
            Some(Lookup::OtherAlgorithm) => Err(KeyError::OtherAlgorithm),
            Some(Lookup::Unknown) => Err(KeyError::Unknown),
            None => Err(self.unavailable()),
        }
    }

    fn unavailable(&self) -> KeyError {
        let waited = self.0.lock().counted.elapsed();
        let retry_after = self.0.settings.cool_down.saturating_sub(waited).max(Duration::from_secs(1));
        KeyError::Unavailable { retry_after }
    }

    /// Joins the fetch under way, or starts one unless the last is too recent. The fetch does not end with the request that started it.
    fn refresh(&self) -> Option<Shared<BoxFuture<'static, ()>>> {
        let mut refresh = self.0.lock();
        if let Some(running) = &refresh.running {
            return Some(running.clone());
        }
        if !refresh.may_start(self.0.settings.cool_down) {
            return None;
        }
        let running = Running(Arc::clone(&self.0));
        let task = tokio::spawn(async move {
            let inner = &running.0;
            if let Err(error) = inner.fetch().await {
                tracing::warn!(issuer = inner.settings.issuer, %error, "the issuer's keys cannot be fetched");
            }
        });
        let running = task.map(|_| ()).boxed().shared();
        refresh.running = Some(running.clone());
        Some(running)
    }
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

    /// Takes one fetch from the allowance, which grows by one for each cool-down.
    fn may_start(&mut self, cool_down: Duration) -> bool {
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
            Some(left) => {
                self.allowance = left;
                true
            }
            None => false,
        }
    }
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, Refresh> {
        self.refresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch(&self) -> Result<(), RefreshError> {
        let result = self.try_fetch().await;
        let mut refresh = self.lock();
        refresh.failed = result.is_err();
        if result.is_err() {
            refresh.jwks_uri = None;
        }
        result
    }

    async fn try_fetch(&self) -> Result<(), RefreshError> {
        let known = self.settings.jwks_uri.clone().or_else(|| self.lock().jwks_uri.clone());
        let url = match known {
            Some(url) => url,
            None => {
                let url = discovery::jwks_uri(&self.fetcher, &self.settings.issuer).await?;
                self.lock().jwks_uri = Some(url.clone());
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
        let fetched = Instant::now();
        let refresh_after = self.settings.patience(document.max_age);
        let refresh_at = fetched + refresh_after;
        let usable_until = refresh_at + self.settings.outage_grace;
        self.current.store(Some(Arc::new(Current { keys, fetched, refresh_at, usable_until })));
        Ok(())
    }
}

impl std::fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyStore").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

#[cfg(fuzzing)]
mod fuzzing;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_asked_neither_too_often_nor_too_seldom() {
        let settings = KeyStoreSettings {
            issuer: String::new(),
            jwks_uri: None,
            refresh_after: Duration::from_secs(600),
            outage_grace: Duration::ZERO,
            cool_down: Duration::from_secs(30),
        };
        for (max_age, patience) in [(None, 600), (Some(0), 30), (Some(300), 300), (Some(86_400), 3_600)] {
            assert_eq!(
                settings.patience(max_age.map(Duration::from_secs)),
                Duration::from_secs(patience),
                "{max_age:?}"
            );
        }
    }

    #[test]
    fn the_allowance_never_grows_past_the_burst() {
        let cool_down = Duration::from_secs(1);
        let mut refresh = Refresh { allowance: 0, ..Refresh::new() };
        refresh.counted -= Duration::from_secs(100);
        assert_eq!((0..20).filter(|_| refresh.may_start(cool_down)).count(), BURST as usize);
    }
}
