//! Remembering what any validator found out, and refusing tokens before they expire.

use std::fmt;
use std::time::Duration;

use super::cache::{TokenCache, TokenCacheHandle};
use super::{Readiness, TokenValidator};
use crate::token::{BearerToken, InvalidToken, TokenError, ValidatedToken};

/// A validator that remembers what another one accepted.
///
/// It is for validators of your own that are slow. An [`Issuer`](crate::Issuer) caches its tokens itself.
///
/// Only tokens that are accepted are remembered: for as long as was configured, never past their end, and in a bounded number. What the validator would
/// notice meanwhile it does not: keep the time short.
///
/// ```
/// # use mcp_guard::{TokenValidator, ValidatedToken};
/// # use mcp_guard::token::{BearerToken, InvalidToken, TokenError};
/// use std::time::Duration;
///
/// use mcp_guard::issuer::Cached;
///
/// # struct Database;
/// # impl TokenValidator for Database {
/// #     async fn validate(&self, _: &BearerToken) -> Result<ValidatedToken, TokenError> {
/// #         Err(InvalidToken::Rejected.into())
/// #     }
/// # }
/// let validator = Cached::builder(Database).time_to_live(Duration::from_secs(30)).build();
/// let cache = validator.cache_handle();
/// // The validator moves into the server; the handle stays.
/// cache.forget_where(|token| token.subject() == "alice");
/// ```
pub struct Cached<V> {
    validator: V,
    cache: TokenCache,
    revoked: Option<Revoked>,
}

type Revoked = Box<dyn Fn(&ValidatedToken) -> bool + Send + Sync>;

/// Configures a [`Cached`]. Made by [`Cached::builder`].
#[must_use]
pub struct CachedBuilder<V> {
    validator: V,
    cached_tokens: usize,
    time_to_live: Duration,
    revoked: Option<Revoked>,
}

impl<V: TokenValidator> Cached<V> {
    /// Wraps `validator`.
    pub const fn builder(validator: V) -> CachedBuilder<V> {
        CachedBuilder { validator, cached_tokens: 10_000, time_to_live: Duration::from_secs(60), revoked: None }
    }

    /// Makes it forget tokens before their time.
    #[must_use]
    pub fn cache_handle(&self) -> TokenCacheHandle {
        TokenCacheHandle(vec![self.cache.clone()])
    }

    /// Refuses what the application says is revoked.
    fn checked(&self, token: ValidatedToken) -> Result<ValidatedToken, TokenError> {
        if self.revoked.as_ref().is_some_and(|revoked| revoked(&token)) {
            return Err(InvalidToken::Revoked.into());
        }
        Ok(token)
    }
}

impl<V: TokenValidator> CachedBuilder<V> {
    /// How many tokens are remembered, where what is known of one takes no more than a kilobyte; a larger one counts for several. Default: 10,000;
    /// 0 remembers none.
    pub const fn cached_tokens(mut self, count: usize) -> Self {
        self.cached_tokens = count;
        self
    }

    /// For how long a token is remembered at most. Default: 60 seconds; 0 remembers none.
    pub const fn time_to_live(mut self, time: Duration) -> Self {
        self.time_to_live = time;
        self
    }

    /// Refuses tokens of which this is true with `401`, however good they are otherwise.
    ///
    /// It is asked each time that a token is used, remembered or not, so let it look into memory and not into a database. This is how a JWT is
    /// revoked before it expires: by its `jti`, by its subject, or by when it was issued.
    pub fn revoked(mut self, revoked: impl Fn(&ValidatedToken) -> bool + Send + Sync + 'static) -> Self {
        self.revoked = Some(Box::new(revoked));
        self
    }

    /// Builds the validator.
    #[must_use]
    pub fn build(self) -> Cached<V> {
        Cached {
            validator: self.validator,
            cache: TokenCache::new(self.cached_tokens, Some(self.time_to_live)),
            revoked: self.revoked,
        }
    }
}

impl<V: TokenValidator> TokenValidator for Cached<V> {
    async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        let slot = self.cache.slot(token);
        if token.max_age().is_none()
            && let Some(validated) = slot.as_ref().and_then(|slot| self.cache.get(slot, token))
        {
            return self.checked(validated);
        }
        let validated = self.checked(self.validator.validate(token).await?)?;
        if let Some(slot) = slot {
            self.cache.insert(&slot, token, &validated, None);
        }
        Ok(validated)
    }

    fn readiness(&self) -> Readiness {
        self.validator.readiness()
    }
}

impl<V: fmt::Debug> fmt::Debug for Cached<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached").field("validator", &self.validator).field("cache", &self.cache).finish_non_exhaustive()
    }
}

impl<V: fmt::Debug> fmt::Debug for CachedBuilder<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedBuilder").field("validator", &self.validator).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
