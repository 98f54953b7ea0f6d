//! A caching wrapper for any validator, with revocation.

use std::fmt;
use std::time::Duration;

use super::cache::{TokenCache, TokenCacheHandle};
use super::{Readiness, RejectionLog, TokenValidator};
use crate::token::{BearerToken, InvalidToken, TokenError, ValidatedToken};

/// A validator that caches the tokens that another validator accepted.
///
/// Use it for slow validators of your own. An [`Issuer`](crate::Issuer) caches its tokens itself.
///
/// Only accepted tokens are cached: for the configured time, never past their expiration, and in a bounded number. A
/// cached token is not validated again, so keep the time short.
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
/// // The validator moves into the server. The handle remains usable.
/// cache.forget_where(|token| token.subject() == "alice");
/// ```
pub struct Cached<V> {
    validator: V,
    cache: TokenCache,
    revoked: Option<Revoked>,
}

type Revoked = Box<dyn Fn(&ValidatedToken) -> bool + Send + Sync>;

/// A builder for [`Cached`], created by [`Cached::builder`].
#[must_use]
pub struct CachedBuilder<V> {
    validator: V,
    cached_tokens: usize,
    time_to_live: Duration,
    revoked: Option<Revoked>,
}

impl<V: TokenValidator> Cached<V> {
    /// Configures a cache around `validator`.
    pub const fn builder(validator: V) -> CachedBuilder<V> {
        CachedBuilder { validator, cached_tokens: 10_000, time_to_live: Duration::from_secs(60), revoked: None }
    }

    /// Returns a handle that removes tokens from the cache.
    #[must_use]
    pub fn cache_handle(&self) -> TokenCacheHandle {
        TokenCacheHandle(vec![self.cache.clone()])
    }

    /// Rejects the token if the application revoked it.
    fn checked(&self, token: ValidatedToken) -> Result<ValidatedToken, TokenError> {
        if self.revoked.as_ref().is_some_and(|revoked| revoked(&token)) {
            return Err(InvalidToken::Revoked.into());
        }
        Ok(token)
    }
}

impl<V: TokenValidator> CachedBuilder<V> {
    /// Sets the number of cached tokens with up to 1 KiB of data each. Larger tokens count as several. Default: 10,000.
    /// 0 disables the cache.
    pub const fn cached_tokens(mut self, count: usize) -> Self {
        self.cached_tokens = count;
        self
    }

    /// Sets how long a token is cached at most. Default: 60 seconds. 0 disables the cache.
    pub const fn time_to_live(mut self, time: Duration) -> Self {
        self.time_to_live = time;
        self
    }

    /// Rejects tokens for which `revoked` returns true, with `401`.
    ///
    /// The function is called on every use of a token, cached or not, so it should read from memory and not from a
    /// database. It can revoke a JWT before it expires: by its `jti`, by its subject, or by its issue time.
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

    fn is_cached(&self, token: &BearerToken) -> bool {
        self.cache.slot(token).is_some_and(|slot| self.cache.get(&slot, token).is_some())
    }

    fn rejection_log(&self, token: &BearerToken) -> Option<&RejectionLog> {
        self.validator.rejection_log(token)
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
