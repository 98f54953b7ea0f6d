//! A type-erased validator that contains panics and limits the validation time.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt as _, poll};

use super::validator::{Readiness, TokenValidator};
use super::{RejectionLog, binding};
use crate::panics::discard;
use crate::revocation::Revocations;
use crate::token::{BearerToken, InvalidToken, TokenError, ValidatedToken};

/// The maximum time of one validation. The validators of this crate have shorter limits.
const VALIDATION_TIME: Duration = Duration::from_secs(30);
/// The retry delay after a validator failed to respond.
const VALIDATION_RETRY: Duration = Duration::from_secs(5);

/// A type-erased validator. Layers need no type parameter for it.
#[derive(Clone)]
pub(crate) struct SharedValidator {
    validator: Arc<dyn ErasedValidator>,
    /// The log for tokens whose issuer the validator does not know.
    log: Arc<RejectionLog>,
    revocations: Option<Revocations>,
}

impl SharedValidator {
    pub(crate) fn new(validator: impl TokenValidator) -> Self {
        Self { validator: Arc::new(validator), log: Arc::default(), revocations: None }
    }

    /// Sets the log for tokens whose issuer the validator does not know.
    pub(crate) fn with_log(self, log: RejectionLog) -> Self {
        Self { log: Arc::new(log), ..self }
    }

    /// Rejects the tokens that these revocations name.
    pub(crate) fn with_revocations(self, revocations: Option<Revocations>) -> Self {
        Self { revocations, ..self }
    }

    pub(crate) const fn revocations(&self) -> Option<&Revocations> {
        self.revocations.as_ref()
    }

    pub(crate) async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        let validated = self.call(token).await?;
        // Checked here for every validator: one that the application implements does not know the proofs.
        binding::check(validated.claims(), token.possession())?;
        // After the caches of the validator, so that a revocation applies to the next request.
        if let Some(revocations) = &self.revocations {
            revocations.check(&validated)?;
        }
        Ok(validated)
    }

    /// Calls the validator. Code of the application may panic or never respond. Both are reported as unavailable.
    async fn call(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        let unavailable = Err(TokenError::Unavailable { retry_after: VALIDATION_RETRY });
        let mut validation = pin!(AssertUnwindSafe(async { self.validator.validate(token).await }).catch_unwind());
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
        self.validator.readiness()
    }

    /// Returns whether the token is known to be valid, without a verification or a call.
    pub(crate) fn is_cached(&self, token: &BearerToken) -> bool {
        self.validator.is_cached(token)
    }

    /// Logs that the token was rejected for this reason.
    pub(crate) fn log_rejected(&self, token: &BearerToken, reason: InvalidToken) {
        if RejectionLog::is_enabled() {
            self.rejection_log(token).log(reason, token);
        }
    }

    fn rejection_log(&self, token: &BearerToken) -> &RejectionLog {
        self.validator.rejection_log(token).unwrap_or(&self.log)
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

    fn is_cached(&self, token: &BearerToken) -> bool {
        Self::is_cached(self, token)
    }

    fn rejection_log(&self, token: &BearerToken) -> Option<&RejectionLog> {
        Some(Self::rejection_log(self, token))
    }
}

trait ErasedValidator: Send + Sync {
    fn validate<'v>(&'v self, token: &'v BearerToken) -> BoxFuture<'v, Result<ValidatedToken, TokenError>>;
    fn readiness(&self) -> Readiness;
    fn is_cached(&self, token: &BearerToken) -> bool;
    fn rejection_log(&self, token: &BearerToken) -> Option<&RejectionLog>;
}

impl<V: TokenValidator> ErasedValidator for V {
    fn validate<'v>(&'v self, token: &'v BearerToken) -> BoxFuture<'v, Result<ValidatedToken, TokenError>> {
        Box::pin(TokenValidator::validate(self, token))
    }

    fn readiness(&self) -> Readiness {
        TokenValidator::readiness(self)
    }

    fn is_cached(&self, token: &BearerToken) -> bool {
        TokenValidator::is_cached(self, token)
    }

    fn rejection_log(&self, token: &BearerToken) -> Option<&RejectionLog> {
        TokenValidator::rejection_log(self, token)
    }
}
