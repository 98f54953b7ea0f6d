//! The validator for the tokens of an issuer.

use std::fmt;
use std::time::Duration;

use super::common::Revoked;
use super::connection::{Connection, IssuerStatus};
use crate::token::{BearerToken, InvalidToken, TokenError, ValidatedToken};
use crate::validate::{
    IntrospectionValidator, JwtValidator, Readiness, RejectionLog, SharedValidator, TokenCacheHandle, TokenValidator,
};

/// A validator for the access tokens of an [`Issuer`](super::Issuer), for your own
/// [`AuthLayer`](crate::layer::AuthLayer).
///
/// ```no_run
/// use mcp_guard::Issuer;
///
/// # async fn example() -> Result<(), mcp_guard::BuildError> {
/// let validator = Issuer::jwt("https://auth.example.com").validator("https://api.example.com").await?;
/// # Ok(())
/// # }
/// ```
///
/// Opaque tokens are validated by calls to the authorization server. Responses are cached for [a short
/// time](super::Issuer::cache_time), so a revocation takes effect after this time. [`cache_handle`](Self::cache_handle)
/// removes tokens from the cache.
///
/// The result is [`TokenError::Unavailable`] while the metadata and the keys were not fetched yet
/// ([`fail_fast`](super::Issuer::fail_fast)), and if the authorization server is unreachable, rejects the credentials of
/// this server, or returns an unexpected response. An error in the log then names the endpoint and the reason.
pub struct IssuerValidator {
    source: Source,
    /// `None` if there is nothing to fetch before tokens are validated.
    connection: Option<Connection>,
    log: RejectionLog,
    revoked: Option<Revoked>,
}

/// The validator for the kind of tokens.
#[derive(Debug)]
pub(super) enum Source {
    Jwt(JwtValidator),
    Introspection(IntrospectionValidator),
    Custom(SharedValidator),
}

impl IssuerValidator {
    pub(super) const fn new(
        source: Source,
        connection: Option<Connection>,
        log: RejectionLog,
        revoked: Option<Revoked>,
    ) -> Self {
        Self { source, connection, log, revoked }
    }

    /// Returns a handle that removes tokens from the cache, so that they are validated again. See [`TokenCacheHandle`].
    #[must_use]
    pub fn cache_handle(&self) -> TokenCacheHandle {
        match &self.source {
            Source::Jwt(validator) => validator.cache_handle(),
            Source::Introspection(validator) => validator.cache_handle(),
            Source::Custom(_) => TokenCacheHandle::default(),
        }
    }

    /// Returns the status of the issuer, if its metadata or keys are fetched.
    pub(crate) fn status(&self) -> Option<IssuerStatus> {
        self.connection.as_ref().map(Connection::status).cloned()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.connection.as_ref().and_then(|connection| connection.status().retry_after())
    }

    pub(crate) fn into_shared(self) -> SharedValidator {
        match self.source {
            Source::Custom(validator) => validator.with_log(self.log),
            source => SharedValidator::new(Self { source, ..self }),
        }
    }

    #[cfg(any(fuzzing, test))]
    pub(super) fn into_jwt(self) -> JwtValidator {
        let Source::Jwt(validator) = self.source else { panic!("expected a JWT validator") };
        validator
    }

    #[cfg(test)]
    pub(super) fn into_introspection(self) -> IntrospectionValidator {
        let Source::Introspection(validator) = self.source else { panic!("expected an introspection validator") };
        validator
    }
}

impl TokenValidator for IssuerValidator {
    async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        if let Some(retry_after) = self.retry_after() {
            return Err(TokenError::Unavailable { retry_after });
        }
        let validated = match &self.source {
            Source::Jwt(validator) => validator.validate(token).await,
            Source::Introspection(validator) => validator.validate(token).await,
            Source::Custom(validator) => validator.validate(token).await,
        };
        match (&validated, &self.revoked) {
            (Ok(token), Some(Revoked(revoked))) if revoked(token) => Err(InvalidToken::Revoked.into()),
            _ => validated,
        }
    }

    fn readiness(&self) -> Readiness {
        if self.retry_after().is_some() {
            return Readiness { ready: false, keys_age: None, issuer_reachable: Some(false) };
        }
        match &self.source {
            Source::Jwt(validator) => validator.readiness(),
            Source::Introspection(validator) => validator.readiness(),
            Source::Custom(validator) => validator.readiness(),
        }
    }

    fn is_cached(&self, token: &BearerToken) -> bool {
        match &self.source {
            Source::Jwt(validator) => validator.is_cached(token),
            Source::Introspection(validator) => validator.is_cached(token),
            Source::Custom(validator) => validator.is_cached(token),
        }
    }

    fn rejection_log(&self, _: &BearerToken) -> Option<&RejectionLog> {
        Some(&self.log)
    }
}

impl fmt::Debug for IssuerValidator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerValidator").field("source", &self.source).finish_non_exhaustive()
    }
}
