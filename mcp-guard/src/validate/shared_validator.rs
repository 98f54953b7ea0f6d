//! A type-erased validator that contains panics and limits the validation time.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt as _, poll};

use super::binding;
use super::validator::{Readiness, TokenValidator};
use crate::panics::discard;
use crate::token::{BearerToken, TokenError, ValidatedToken};

/// The maximum time of one validation. The validators of this crate have shorter limits.
const VALIDATION_TIME: Duration = Duration::from_secs(30);
/// The retry delay after a validator failed to respond.
const VALIDATION_RETRY: Duration = Duration::from_secs(5);

/// A type-erased validator. Layers need no type parameter for it.
#[derive(Clone)]
pub(crate) struct SharedValidator(Arc<dyn ErasedValidator>);

impl SharedValidator {
    pub(crate) fn new(validator: impl TokenValidator) -> Self {
        Self(Arc::new(validator))
    }

    pub(crate) async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        let validated = self.call(token).await?;
        // Checked here for every validator: one that the application implements does not know the proofs.
        binding::check(validated.claims(), token.possession())?;
        Ok(validated)
    }

    /// Calls the validator. Code of the application may panic or never respond. Both are reported as unavailable.
    async fn call(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        let unavailable = Err(TokenError::Unavailable { retry_after: VALIDATION_RETRY });
        let mut validation = pin!(AssertUnwindSafe(async { self.0.validate(token).await }).catch_unwind());
        // Most tokens are cached and need no timer.
        let answer = match poll!(validation.as_mut()) {
            Poll::Ready(answer) => answer,
            Poll::Pending => match tokio::time::timeout(VALIDATION_TIME, validation).await {
                Ok(answer) => answer,
                Err(_) => {
                    tracing::error!(timeout = ?VALIDATION_TIME, "token validation timed out");
                    return unavailable;
                }
            },
        };
        answer.unwrap_or_else(|panic| {
            discard(panic);
            tracing::error!("token validator panicked");
            unavailable
        })
    }

    pub(crate) fn readiness(&self) -> Readiness {
        self.0.readiness()
    }
}

impl std::fmt::Debug for SharedValidator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedValidator")
    }
}

impl TokenValidator for SharedValidator {
    async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        Self::validate(self, token).await
    }

    fn readiness(&self) -> Readiness {
        Self::readiness(self)
    }
}

trait ErasedValidator: Send + Sync {
    fn validate<'v>(&'v self, token: &'v BearerToken) -> BoxFuture<'v, Result<ValidatedToken, TokenError>>;
    fn readiness(&self) -> Readiness;
}

impl<V: TokenValidator> ErasedValidator for V {
    fn validate<'v>(&'v self, token: &'v BearerToken) -> BoxFuture<'v, Result<ValidatedToken, TokenError>> {
        Box::pin(TokenValidator::validate(self, token))
    }

    fn readiness(&self) -> Readiness {
        TokenValidator::readiness(self)
    }
}
