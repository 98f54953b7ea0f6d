//! The settings of a [`JwtValidator`].

use url::Url;

use super::JwtValidator;
use super::claims::ClaimRules;
use crate::validate::cache::TokenCache;
use crate::validate::fetch::{Egress, Fetcher};
use crate::validate::keys::{Algorithm, GivenKeys, KeyStore, KeyStoreSettings, Keys, RefreshError, install_crypto};

/// Validated settings.
pub(crate) struct JwtSettings {
    pub(crate) max_length: usize,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) rules: ClaimRules,
    pub(crate) keys: KeySource,
    pub(crate) egress: Egress,
    pub(crate) cached_tokens: usize,
}

/// The source of the keys.
pub(crate) enum KeySource {
    Fetched(KeyStoreSettings),
    Given(GivenKeys),
}

impl JwtSettings {
    /// Fetches the keys if necessary, and builds the validator.
    pub(crate) async fn connect(self) -> Result<JwtValidator, RefreshError> {
        install_crypto();
        let keys = match self.keys {
            KeySource::Given(keys) => Keys::Given(keys),
            KeySource::Fetched(settings) => Keys::Fetched(fetch(settings, &self.egress).await?),
        };
        Ok(JwtValidator {
            max_length: self.max_length,
            algorithms: self.algorithms,
            rules: self.rules,
            keys,
            cache: TokenCache::new(self.cached_tokens, None),
        })
    }
}

async fn fetch(settings: KeyStoreSettings, egress: &Egress) -> Result<KeyStore, RefreshError> {
    // With a configured JWKS URL, no other URL is requested.
    let fetcher = match &settings.jwks_uri {
        Some(url) => Fetcher::new(url, egress)?,
        None => Fetcher::new(&Url::parse(&settings.issuer).map_err(|_| RefreshError::NotAUrl)?, egress)?,
    };
    let keys = KeyStore::new(settings, fetcher);
    keys.load().await?;
    Ok(keys)
}
