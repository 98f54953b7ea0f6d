//! The settings of a [`JwtValidator`].

use url::Url;

use super::JwtValidator;
use super::claims::ClaimRules;
use crate::config::{ConfigError, Setting};
use crate::validate::cache::TokenCache;
use crate::validate::fetch::{Fetcher, NetworkPolicy};
use crate::validate::keys::{Algorithm, GivenKeys, KeyStore, KeyStoreSettings, Keys, install_crypto};

/// Validated settings.
pub(crate) struct JwtSettings {
    pub(crate) max_length: usize,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) rules: ClaimRules,
    pub(crate) keys: KeySource,
    pub(crate) private_network: bool,
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
            KeySource::Fetched(settings) => Keys::Fetched(key_store(settings, self.private_network)?),
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

fn key_store(settings: KeyStoreSettings, private_network: bool) -> Result<KeyStore, ConfigError> {
    // With a configured JWKS URL, no other URL is requested.
    let (setting, policy) = match &settings.jwks_uri {
        Some(url) => (Setting::JwksUri, NetworkPolicy::for_url(url)),
        None => {
            let issuer =
                Url::parse(&settings.issuer).map_err(|error| ConfigError::unusable(Setting::Issuer, &error))?;
            (Setting::Issuer, NetworkPolicy::for_url(&issuer))
        }
    };
    let fetcher = Fetcher::new(policy.allowing_private_network(private_network));
    Ok(KeyStore::new(settings, fetcher.map_err(|error| ConfigError::unusable(setting, &error))?))
}
