//! Several issuers side by side.
//!
//! 1. Who judges a token is decided by its `iss` before any key is tried, compared exactly, and nobody else is asked: keys are never shared (J3).
//! 2. `iss` is not believed. The chosen validator checks everything, and what it reports must name the issuer that it was chosen for.
//! 3. What is no JWT goes to the validator that was named for opaque tokens, or nowhere. What looks like a JWT never goes there.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::Readiness;
use super::SharedValidator;
use super::TokenValidator;
use super::jwt::JwtValidator;
use super::jwt::header::Jws;
use crate::token::BearerToken;
use crate::token::InvalidToken;
use crate::token::TokenError;
use crate::token::ValidatedToken;

/// Validates tokens of several issuers, each by its own validator.
///
/// A server with several [`authorization_server`](crate::ResourceServerBuilder::authorization_server)s makes one itself. This is for issuers that differ in
/// more than their name:
///
/// ```no_run
/// use mcp_guard::{ClientAuthentication, IntrospectionValidator, Issuers, JwtValidator, TokenProfile};
///
/// # async fn example(secret: String) -> Result<(), Box<dyn std::error::Error>> {
/// # let resource = "https://todo.example.com/mcp";
/// let ours = JwtValidator::builder("https://auth.example.com").audience(resource).build().await?;
/// let partner = JwtValidator::builder("https://partner.example.net/")
///     .audience("todo-api")
///     .profile(TokenProfile::Jwt)
///     .build()
///     .await?;
/// let opaque = IntrospectionValidator::builder("https://old.example.com", ClientAuthentication::secret_basic("todo", secret))
///     .audience(resource)
///     .build()
///     .await?;
/// let validator = Issuers::builder().jwt(ours).jwt(partner).opaque("https://old.example.com", opaque).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Issuers {
    max_length: usize,
    named: Vec<Named>,
    opaque: Option<Named>,
}

/// A validator, and whose tokens it is for.
#[derive(Debug)]
struct Named {
    issuer: String,
    /// What its tokens may say instead.
    aliases: Vec<String>,
    validator: SharedValidator,
}

impl Named {
    fn names(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.issuer).chain(&self.aliases)
    }

    fn is_called(&self, issuer: &str) -> bool {
        self.names().any(|name| name == issuer)
    }
}

/// Configures an [`Issuers`]. Made by [`Issuers::builder`].
#[derive(Debug)]
#[must_use]
pub struct IssuersBuilder {
    max_length: usize,
    named: Vec<Named>,
    opaque: Vec<Named>,
}

/// Why issuers cannot stand side by side.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum IssuersError {
    /// Nobody's tokens would be accepted.
    #[error("no issuer is named: every token would be refused")]
    None,
    /// An issuer is the empty text.
    #[error("an issuer is empty")]
    Empty,
    /// Nobody could say which of the two validators counts.
    #[error("the issuer {issuer} is named twice: keep one of them")]
    Twice {
        /// The issuer.
        issuer: String,
    },
    /// Opaque tokens do not say whose they are.
    #[error("two validators are named for opaque tokens: keep one of them")]
    TwoOpaque,
}

impl Issuers {
    /// Starts without any issuer.
    pub const fn builder() -> IssuersBuilder {
        IssuersBuilder { max_length: 16 * 1024, named: Vec::new(), opaque: Vec::new() }
    }

    fn choose(&self, token: &str) -> Result<&Named, InvalidToken> {
        if token.len() > self.max_length {
            return Err(InvalidToken::TooLong);
        }
        match claimed_issuer(token)? {
            Some(issuer) => self.named.iter().find(|named| named.is_called(&issuer)).ok_or(InvalidToken::Issuer),
            None => self.opaque.as_ref().ok_or(InvalidToken::Malformed),
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

impl IssuersBuilder {
    /// Lets this validator judge the JWTs of its issuer.
    pub fn jwt(self, validator: JwtValidator) -> Self {
        let (issuer, aliases) = (validator.issuer().to_owned(), validator.aliases().to_vec());
        self.named(issuer, aliases, validator)
    }

    /// Lets a validator judge the JWTs that name this issuer. What it accepts must be of this issuer.
    pub fn issuer(self, issuer: impl Into<String>, validator: impl TokenValidator) -> Self {
        self.named(issuer.into(), Vec::new(), validator)
    }

    fn named(mut self, issuer: String, aliases: Vec<String>, validator: impl TokenValidator) -> Self {
        self.named.push(Named { issuer, aliases, validator: SharedValidator::new(validator) });
        self
    }

    /// Lets a validator judge all tokens that are no JWTs. What it accepts must be of this issuer. Without it such tokens are refused.
    pub fn opaque(mut self, issuer: impl Into<String>, validator: impl TokenValidator) -> Self {
        self.opaque.push(Named {
            issuer: issuer.into(),
            aliases: Vec::new(),
            validator: SharedValidator::new(validator),
        });
        self
    }

    /// The longest token that is looked at, in bytes. Default: 16 KiB.
    pub const fn max_token_length(mut self, bytes: usize) -> Self {
        self.max_length = bytes;
        self
    }

    /// Builds the validator.
    ///
    /// # Errors
    ///
    /// [`IssuersError`] when it would not be clear who judges a token, or when nobody would.
    pub fn build(mut self) -> Result<Issuers, IssuersError> {
        let opaque = self.opaque.pop();
        if !self.opaque.is_empty() {
            return Err(IssuersError::TwoOpaque);
        }
        if self.named.is_empty() && opaque.is_none() {
            return Err(IssuersError::None);
        }
        if self.named.iter().chain(&opaque).any(|named| named.issuer.is_empty()) {
            return Err(IssuersError::Empty);
        }
        for (at, named) in self.named.iter().enumerate() {
            let twice = |name: &&String| self.named[..at].iter().any(|earlier| earlier.is_called(name));
            if let Some(issuer) = named.names().find(twice) {
                return Err(IssuersError::Twice { issuer: issuer.clone() });
            }
        }
        Ok(Issuers { max_length: self.max_length, named: self.named, opaque })
    }
}

impl TokenValidator for Issuers {
    async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        let chosen = self.choose(token.expose())?;
        let validated = chosen.validator.validate(token).await?;
        if validated.issuer() != chosen.issuer {
            tracing::error!(
                issuer = chosen.issuer,
                "a validator accepted a token as one of another issuer: it is refused"
            );
            return Err(InvalidToken::Issuer.into());
        }
        Ok(validated)
    }

    /// Ready while one of them is: what one issuer's outage does to its own tokens it must not do to those of the others. The keys are as old as the oldest,
    /// and `issuer_reachable` is false when one was not.
    fn readiness(&self) -> Readiness {
        let each = self.named.iter().chain(&self.opaque).map(|named| named.validator.readiness());
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
