//! The settings of a [`JwtValidator`].

use url::Url;

use super::JwtValidator;
use super::claims::ClaimRules;
use crate::config::{ConfigError, Setting};
use crate::validate::cache::TokenCache;
use crate::validate::fetch::{Egress, Fetcher};
use crate::validate::keys::{Algorithm, GivenKeys, KeyStore, KeyStoreSettings, Keys, install_crypto};

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
    /// Builds the validator. The keys of the issuer are not fetched yet.
    pub(crate) fn build(self) -> Result<JwtValidator, ConfigError> {
        install_crypto();
        let keys = match self.keys {
            KeySource::Given(keys) => Keys::Given(keys),
            KeySource::Fetched(settings) => Keys::Fetched(key_store(settings, &self.egress)?),
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

fn key_store(settings: KeyStoreSettings, egress: &Egress) -> Result<KeyStore, ConfigError> {
    // With a configured JWKS URL, no other URL is requested.
    let (setting, fetcher) = match &settings.jwks_uri {
        Some(url) => (Setting::JwksUri, Fetcher::new(url, egress)),
        None => {
            let issuer =
                Url::parse(&settings.issuer).map_err(|error| ConfigError::unusable(Setting::Issuer, &error))?;
            (Setting::Issuer, Fetcher::new(&issuer, egress))
        }
    };
    Ok(KeyStore::new(settings, fetcher.map_err(|error| ConfigError::unusable(setting, &error))?))
}
