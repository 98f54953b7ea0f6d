//! The issuer's keys over time.
//!
//! 1. Requests never wait for a refresh while the key they need is known; one that is due runs beside them.
//! 2. An unknown `kid` causes one fetch for all requests that wait for it, and then none for the cool-down: a flood of made-up `kid`s costs the
//!    issuer nothing.
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

use super::discovery;
use super::discovery::DiscoveryError;
use super::jwk::Algorithm;
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
    /// The least time between two fetches.
    pub(in crate::validate) cool_down: Duration,
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

#[derive(Default)]
struct Refresh {
    /// The fetch that is under way, for everybody to wait on.
    running: Option<Shared<BoxFuture<'static, ()>>>,
    attempted: Option<Instant>,
    failed: bool,
    /// Found by discovery; forgotten when a fetch fails, in case it moved.
    jwks_uri: Option<Url>,
}

impl KeyStore {
    pub(in crate::validate) fn new(settings: KeyStoreSettings, fetcher: Fetcher) -> Self {
        Self(Arc::new(Inner { settings, fetcher, current: ArcSwapOption::empty(), refresh: Mutex::default() }))
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
        if let Some(running) = self.refresh() {
            running.await;
        }
        match self.look_up(id, algorithm) {
            // The last answer of the issuer is what there is to go by; without one nobody can say that the key does not exist.
            Err(KeyError::Unknown) if self.refresh_failed() => Err(self.unavailable()),
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
            issuer_reachable: (current.is_some() || refresh.attempted.is_some()).then_some(!refresh.failed),
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

    fn refresh_failed(&self) -> bool {
        self.0.lock().failed
    }

    fn unavailable(&self) -> KeyError {
        let refresh = self.0.lock();
        let waited = refresh.attempted.map_or(Duration::ZERO, |attempted| attempted.elapsed());
        let retry_after = self.0.settings.cool_down.saturating_sub(waited).max(Duration::from_secs(1));
        KeyError::Unavailable { retry_after }
    }

    /// Joins the fetch under way, or starts one unless the last is too recent. The fetch does not end with the request that started it.
    fn refresh(&self) -> Option<Shared<BoxFuture<'static, ()>>> {
        let mut refresh = self.0.lock();
        if let Some(running) = &refresh.running {
            return Some(running.clone());
        }
        if refresh.attempted.is_some_and(|attempted| attempted.elapsed() < self.0.settings.cool_down) {
            return None;
        }
        refresh.attempted = Some(Instant::now());
        let inner = Arc::clone(&self.0);
        let task = tokio::spawn(async move {
            let result = inner.fetch().await;
            if let Err(error) = &result {
                tracing::warn!(issuer = inner.settings.issuer, %error, "the issuer's keys cannot be fetched");
            }
            inner.lock().running = None;
        });
        let running = task.map(|_| ()).boxed().shared();
        refresh.running = Some(running.clone());
        Some(running)
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
        // An issuer may ask for more or less patience, within reason: never more often than the cool-down allows, never less than daily.
        let refresh_after = document
            .max_age
            .unwrap_or(self.settings.refresh_after)
            .clamp(self.settings.cool_down, Duration::from_secs(24 * 60 * 60));
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
