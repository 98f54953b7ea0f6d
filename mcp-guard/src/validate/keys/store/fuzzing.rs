//! For the fuzz targets: keys that are never fetched.

use super::*;

const FOREVER: Duration = Duration::from_secs(24 * 60 * 60);

impl KeyStore {
    /// The keys of a JWKS. An unknown one is never asked for: there is no allowance.
    pub(in crate::validate) fn fixed(document: &str) -> Self {
        let settings = KeyStoreSettings {
            issuer: String::new(),
            jwks_uri: None,
            refresh_after: FOREVER,
            outage_grace: FOREVER,
            cool_down: FOREVER,
        };
        let store = Self::new(settings, Fetcher::new().expect("an HTTP client"));
        store.0.lock().allowance = 0;
        let (now, keys) = (Instant::now(), KeySet::parse(document).expect("a JWKS"));
        let current = Current { keys, fetched: now, refresh_at: now + FOREVER, usable_until: now + FOREVER };
        store.0.current.store(Some(Arc::new(current)));
        store
    }
}
