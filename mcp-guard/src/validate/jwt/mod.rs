//! JWT access tokens (RFC 9068, RFC 8725).
//!
//! jsonwebtoken does the cryptography; every rule is stated here, because its defaults let tokens pass that have no `aud`, no `iss` or no `exp`.
//! In order, and each with a test of its own:
//!
//! 1. No longer than the size cap; three base64url parts; no JWE. (`header`)
//! 2. `alg` is allowed by the verifier and is the one algorithm of the key. Symmetric algorithms and `none` cannot be allowed. (J1)
//! 3. `typ` says access token. (J2)
//! 4. No `crit`, no `b64`; `jku`, `x5u`, `jwk` and `x5c` are never read. (J7, J8)
//! 5. The signature verifies under a key that the issuer publishes. (J3, J10, J11)
//! 6. The claims hold. (`claims`: J3 to J6, J9, J15)
//!
//! Only then does the application add scopes of its own, if it wants to. (`grants`)

mod claims;
#[cfg(fuzzing)]
pub(in crate::validate) mod fuzzing;
pub(super) mod grants;
pub(super) mod header;
mod jwt_settings;

use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) use claims::ClaimRules;
pub use claims::TokenProfile;
pub(crate) use grants::Grants;
pub(super) use header::decode_json;
pub(crate) use jwt_settings::{JwtSettings, KeySource};

use self::header::Jws;
use super::cache::{Slot, TokenCache, TokenCacheHandle};
use super::keys::{Algorithm, Key, KeyError, Keys};
use super::{Readiness, TokenValidator};
use crate::token::{BearerToken, InvalidToken, TokenError, ValidatedToken};

/// Validates JWT access tokens of one issuer.
#[derive(Debug)]
pub(crate) struct JwtValidator {
    max_length: usize,
    algorithms: Vec<Algorithm>,
    rules: ClaimRules,
    keys: Keys,
    cache: TokenCache,
}

impl JwtValidator {
    pub(crate) fn cache_handle(&self) -> TokenCacheHandle {
        TokenCacheHandle(vec![self.cache.clone()])
    }

    async fn verify(&self, token: &BearerToken, slot: Option<Slot>) -> Result<ValidatedToken, TokenError> {
        let jws = Jws::parse(token.expose())?;
        let algorithm = jws.algorithm().filter(|algorithm| self.algorithms.contains(algorithm));
        let algorithm = algorithm.ok_or(InvalidToken::Algorithm)?;
        self.rules.profile().check_type(jws.header())?;
        let unavailable = |error| match error {
            KeyError::Unknown => InvalidToken::UnknownKey.into(),
            KeyError::OtherAlgorithm => InvalidToken::Algorithm.into(),
            KeyError::Unavailable { retry_after } => TokenError::Unavailable { retry_after },
        };
        let key = self.keys.key(jws.header().key_id(), algorithm).await.map_err(unavailable)?;
        let verifies = |key: &Key| key.algorithm() == algorithm && key.verifies(jws.signed(), jws.signature());
        let key = if verifies(&key) {
            key
        } else if jws.header().key_id().is_none() {
            // Where keys have no names, only the signature tells that the issuer has another one now.
            let other = self.keys.instead_of(&key, algorithm).await.map_err(unavailable)?;
            other.filter(|other| verifies(other)).ok_or(InvalidToken::Signature)?
        } else {
            return Err(InvalidToken::Signature.into());
        };
        let token_parts = self.rules.check(jws.claims()?, token, now())?;
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
}

/// Seconds since the epoch, as `exp` counts them. A clock before 1970 makes every token expired.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(u64::MAX, |since| since.as_secs())
}

#[cfg(test)]
mod tests;
