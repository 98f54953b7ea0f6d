//! Several issuers side by side.
//!
//! 1. Who judges a token is decided by its `iss` before any key is tried, compared exactly, and nobody else is asked: keys are never shared (J3).
//! 2. `iss` is not believed. The chosen validator checks everything, and what it reports must name the issuer that it was chosen for.
//! 3. What is no JWT goes to the validator that was named for opaque tokens, or nowhere. What looks like a JWT never goes there.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::jwt::header::Jws;
use super::{Readiness, SharedValidator, TokenValidator};
use crate::config::{ConfigError, Mistakes, Setting};
use crate::token::{BearerToken, InvalidToken, TokenError, ValidatedToken};

/// Validates tokens of several issuers, each by its own validator.
#[derive(Debug)]
pub(crate) struct Issuers {
    max_length: usize,
    issuers: Vec<NamedIssuer>,
}

/// A validator, and the issuers whose tokens it is for.
#[derive(Debug)]
pub(crate) struct NamedIssuer {
    /// Every `iss` of JWTs that it validates.
    pub(crate) names: Vec<String>,
    /// The issuers that it may report.
    pub(crate) issuers: Vec<String>,
    /// Whether it validates tokens that are not JWTs.
    pub(crate) takes_opaque: bool,
    pub(crate) validator: SharedValidator,
}

impl Issuers {
    /// Fails when two validators would be for one token.
    pub(crate) fn new(issuers: Vec<NamedIssuer>, max_length: usize) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        for (at, issuer) in issuers.iter().enumerate() {
            let earlier = |name: &&String| issuers[..at].iter().any(|earlier| earlier.names.contains(name));
            for name in issuer.names.iter().filter(earlier) {
                mistakes.push(ConfigError::conflict(
                    Setting::Issuer,
                    format!("the issuer {name:?} is configured twice: remove one of them"),
                ));
            }
        }
        mistakes.check(issuers.iter().filter(|issuer| issuer.takes_opaque).count() <= 1, || {
            ConfigError::conflict(
                Setting::Issuer,
                "several issuers have opaque tokens, which do not name their issuer: keep one of them",
            )
        });
        mistakes.into_result()?;
        Ok(Self { max_length, issuers })
    }

    fn choose(&self, token: &str) -> Result<&NamedIssuer, InvalidToken> {
        if token.len() > self.max_length {
            return Err(InvalidToken::TooLong);
        }
        match claimed_issuer(token)? {
            Some(name) => self.issuers.iter().find(|issuer| issuer.names.contains(&name)).ok_or(InvalidToken::Issuer),
            None => self.issuers.iter().find(|issuer| issuer.takes_opaque).ok_or(InvalidToken::Malformed),
        }
    }
}

/// Whom a JWT says that it is from, or `None` for what is no JWT.
fn claimed_issuer(token: &str) -> Result<Option<String>, InvalidToken> {
    let jws = match Jws::parse(token) {
        Ok(jws) => jws,
        Err(InvalidToken::Malformed) if !looks_like_jwt(token) => return Ok(None),
        Err(reason) => return Err(reason),
    };
    let payload = jws.payload()?;
    // serde would take a list for a struct as well.
    if !payload.trim_ascii_start().starts_with('{') {
        return Err(InvalidToken::Malformed);
    }
    let claimed: Claimed<'_> = serde_json::from_str(&payload).map_err(|_| InvalidToken::Malformed)?;
    match claimed.iss {
        None => Err(InvalidToken::MissingClaim),
        Some(issuer) => Ok(Some(issuer.into_owned())),
    }
}

/// The one claim that is looked at. A payload that repeats it, or in which it is no text, is refused.
#[derive(Deserialize)]
struct Claimed<'p> {
    #[serde(borrow)]
    iss: Option<Cow<'p, str>>,
}

/// Whether a token begins like a JWT, signed or encrypted: with a JSON object. A broken one is not sent to an authorization server that never issued it.
fn looks_like_jwt(token: &str) -> bool {
    let header = token.split('.').next().unwrap_or_default();
    URL_SAFE_NO_PAD.decode(header).is_ok_and(|header| header.trim_ascii_start().starts_with(b"{"))
}

impl TokenValidator for Issuers {
    async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        let chosen = self.choose(token.expose())?;
        let validated = chosen.validator.validate(token).await?;
        if !chosen.issuers.iter().any(|issuer| issuer == validated.issuer()) {
            tracing::error!(
                issuers = ?chosen.issuers,
                "a validator accepted a token as one of another issuer: it is refused"
            );
            return Err(InvalidToken::Issuer.into());
        }
        Ok(validated)
    }

    /// Ready while one of them is: what one issuer's outage does to its own tokens it must not do to those of the others. The keys are as old as the oldest,
    /// and `issuer_reachable` is false when one was not.
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
}

#[cfg(test)]
mod tests;
