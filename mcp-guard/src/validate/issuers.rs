//! Validation of tokens from several issuers.
//!
//! 1. The `iss` claim selects the validator before any key is tried. It is compared exactly. No other validator sees
//!    the token, so keys are never shared between issuers.
//! 2. `iss` is not trusted. The selected validator checks every rule, and the issuer that it reports must be one that
//!    it was selected for.
//! 3. A token that is not a JWT goes to the validator for opaque tokens, or is rejected. A token that looks like a JWT
//!    never goes there.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::jwt::header::Jws;
use super::{Readiness, RejectionLog, SharedValidator, TokenValidator};
use crate::config::{ConfigError, Mistakes, Setting};
use crate::token::{BearerToken, InvalidToken, TokenError, ValidatedToken};

/// Validates tokens of several issuers, each with its own validator.
#[derive(Debug)]
pub(crate) struct Issuers {
    max_length: usize,
    issuers: Vec<NamedIssuer>,
}

/// A validator and the issuers whose tokens it accepts.
#[derive(Debug)]
pub(crate) struct NamedIssuer {
    /// The `iss` values of the JWTs that it validates.
    pub(crate) names: Vec<String>,
    /// The issuers that it may report.
    pub(crate) issuers: Vec<String>,
    /// Whether it validates tokens that are not JWTs.
    pub(crate) takes_opaque: bool,
    pub(crate) validator: SharedValidator,
}

impl Issuers {
    /// Combines validators.
    ///
    /// # Errors
    ///
    /// [`Mistakes`] if two validators would be selected for the same token.
    pub(crate) fn new(issuers: Vec<NamedIssuer>, max_length: usize) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        for (at, issuer) in issuers.iter().enumerate() {
            let earlier = |name: &&String| issuers[..at].iter().any(|earlier| earlier.names.contains(name));
            for name in issuer.names.iter().filter(earlier) {
                mistakes.push(ConfigError::conflict(
                    Setting::Issuer,
                    format!("issuer {name:?} is configured twice: remove one of the two"),
                ));
            }
        }
        mistakes.check(issuers.iter().filter(|issuer| issuer.takes_opaque).count() <= 1, || {
            ConfigError::conflict(
                Setting::Issuer,
                "several issuers use opaque tokens, which do not name their issuer: keep one of these issuers",
            )
        });
        mistakes.into_result()?;
        Ok(Self { max_length, issuers })
    }

    fn select(&self, token: &str) -> Result<&NamedIssuer, InvalidToken> {
        if token.len() > self.max_length {
            return Err(InvalidToken::TooLong);
        }
        match claimed_issuer(token)? {
            Some(name) => self.issuers.iter().find(|issuer| issuer.names.contains(&name)).ok_or(InvalidToken::Issuer),
            None => self.issuers.iter().find(|issuer| issuer.takes_opaque).ok_or(InvalidToken::Malformed),
        }
    }
}

/// Returns the unverified `iss` of a JWT, or `None` for a token that is not a JWT.
fn claimed_issuer(token: &str) -> Result<Option<String>, InvalidToken> {
    let jws = match Jws::parse(token) {
        Ok(jws) => jws,
        Err(InvalidToken::Malformed) if !looks_like_jwt(token) => return Ok(None),
        Err(reason) => return Err(reason),
    };
    let payload = jws.payload()?;
    // serde also deserializes a struct from an array.
    if !payload.trim_ascii_start().starts_with('{') {
        return Err(InvalidToken::Malformed);
    }
    let claimed: IssuerClaim<'_> = serde_json::from_str(&payload).map_err(|_| InvalidToken::Malformed)?;
    match claimed.iss {
        None => Err(InvalidToken::MissingClaim),
        Some(issuer) => Ok(Some(issuer.into_owned())),
    }
}

/// The only claim that is read. A payload is rejected if it repeats `iss`, or if `iss` is not a string.
#[derive(Deserialize)]
struct IssuerClaim<'p> {
    #[serde(borrow)]
    iss: Option<Cow<'p, str>>,
}

/// Returns whether a token starts like a JWT, signed or encrypted: with a JSON object. A malformed JWT is not sent to
/// an authorization server that never issued it.
fn looks_like_jwt(token: &str) -> bool {
    let header = token.split('.').next().unwrap_or_default();
    URL_SAFE_NO_PAD.decode(header).is_ok_and(|header| header.trim_ascii_start().starts_with(b"{"))
}

impl TokenValidator for Issuers {
    async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        let selected = self.select(token.expose())?;
        let validated = selected.validator.validate(token).await?;
        if !selected.issuers.iter().any(|issuer| issuer == validated.issuer()) {
            tracing::error!(
                issuers = ?selected.issuers,
                "a validator reported an unexpected issuer: the token is rejected"
            );
            return Err(InvalidToken::Issuer.into());
        }
        Ok(validated)
    }

    /// Reports ready while any issuer is ready, so that an outage of one issuer does not affect the tokens of others.
    /// `keys_age` is that of the oldest keys. `issuer_reachable` is false if any issuer was unreachable.
    fn readiness(&self) -> Readiness {
        let each = self.issuers.iter().map(|issuer| issuer.validator.readiness());
        let none = Readiness { ready: false, keys_age: None, issuer_reachable: None };
        each.fold(none, |all, one| Readiness {
            ready: all.ready || one.ready,
            keys_age: all.keys_age.max(one.keys_age),
            issuer_reachable: match (all.issuer_reachable, one.issuer_reachable) {
                (Some(all), Some(one)) => Some(all && one),
                (known, None) | (None, known) => known,
            },
        })
    }

    fn is_cached(&self, token: &BearerToken) -> bool {
        self.select(token.expose()).is_ok_and(|issuer| issuer.validator.is_cached(token))
    }

    fn rejection_log(&self, token: &BearerToken) -> Option<&RejectionLog> {
        self.select(token.expose()).ok().and_then(|issuer| TokenValidator::rejection_log(&issuer.validator, token))
    }
}

#[cfg(test)]
mod tests;
