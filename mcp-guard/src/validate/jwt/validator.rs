//! The validator of JWT access tokens.

use super::claims::ClaimRules;
use super::header::Jws;
use crate::token::{BearerToken, InvalidToken, TokenError, ValidatedToken};
use crate::validate::cache::{Slot, TokenCache, TokenCacheHandle};
use crate::validate::clock::unix_now;
use crate::validate::keys::{Algorithm, Key, KeyError, KeyStore, Keys};
use crate::validate::{Readiness, TokenValidator};

/// A validator for the JWT access tokens of one issuer.
#[derive(Debug)]
pub(crate) struct JwtValidator {
    pub(super) max_length: usize,
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) rules: ClaimRules,
    pub(super) keys: Keys,
    pub(super) cache: TokenCache,
}

impl JwtValidator {
    pub(crate) fn cache_handle(&self) -> TokenCacheHandle {
        TokenCacheHandle(vec![self.cache.clone()])
    }

    /// Returns the fetched keys, unless the keys are given in the configuration.
    pub(crate) const fn key_store(&self) -> Option<&KeyStore> {
        match &self.keys {
            Keys::Fetched(store) => Some(store),
            Keys::Given(_) => None,
        }
    }

    async fn verify(&self, token: &BearerToken, slot: Option<Slot>) -> Result<ValidatedToken, TokenError> {
        let jws = Jws::parse(token.expose())?;
        let algorithm = jws.algorithm().filter(|algorithm| self.algorithms.contains(algorithm));
        let algorithm = algorithm.ok_or(InvalidToken::Algorithm)?;
        self.rules.profile().check_type(jws.header())?;
        let unavailable = |error| match error {
            KeyError::Unknown | KeyError::Unusable => InvalidToken::UnknownKey.into(),
            KeyError::OtherAlgorithm => InvalidToken::Algorithm.into(),
            KeyError::Unavailable { retry_after } => TokenError::Unavailable { retry_after },
        };
        let key = self.keys.key(jws.header().key_id(), algorithm).await.map_err(unavailable)?;
        let verifies = |key: &Key| key.algorithm() == algorithm && key.verifies(jws.signed(), jws.signature());
        let key = if verifies(&key) {
            key
        } else if jws.header().key_id().is_none() {
            // A key without `kid` may have been replaced. Only a failed signature shows this.
            let other = self.keys.replacement_for(&key, algorithm).await.map_err(unavailable)?;
            other.filter(|other| verifies(other)).ok_or(InvalidToken::Signature)?
        } else {
            return Err(InvalidToken::Signature.into());
        };
        let token_parts = self.rules.check(jws.claims()?, token, unix_now())?;
        let validated = ValidatedToken::new(token_parts);
        if let Some(slot) = slot {
            self.cache.insert(&slot, token, &validated, Some(key));
        }
        Ok(validated)
    }
}

impl TokenValidator for JwtValidator {
    async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        if token.expose().len() > self.max_length {
            return Err(InvalidToken::TooLong.into());
        }
        let slot = self.cache.slot(token);
        if let Some(max_age) = token.max_age() {
            self.keys.refresh_if_older(max_age).await;
        } else if let Some(validated) = slot.as_ref().and_then(|slot| self.cache.get(slot, token))
            && self.keys.is_usable()
        {
            return Ok(validated);
        }
        self.verify(token, slot).await
    }

    fn readiness(&self) -> Readiness {
        self.keys.readiness()
    }

    fn is_cached(&self, token: &BearerToken) -> bool {
        self.cache.slot(token).is_some_and(|slot| self.cache.get(&slot, token).is_some())
    }
}
