//! Validators: from the token as it came to what is known of the caller.

mod binding;
mod cache;
mod cached;
mod claim;
mod client_check;
mod dpop;
mod error;
pub(crate) mod fetch;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod introspection;
mod issuers;
mod jwt;
mod keys;
mod kind;
mod static_tokens;
mod unique;

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::poll;

use crate::panics::discard;
use crate::token::BearerToken;
use crate::token::TokenError;
use crate::token::ValidatedToken;

pub use cache::TokenCacheHandle;
pub use cached::Cached;
pub use cached::CachedBuilder;
pub(crate) use client_check::check_client;
pub(crate) use dpop::DPOP;
pub use dpop::Dpop;
pub(crate) use dpop::DpopVerifier;
pub use dpop::InvalidDpop;
pub(crate) use dpop::InvalidProof;
pub(crate) use dpop::Presented;
pub(crate) use dpop::Proof;
pub(crate) use dpop::Unremembered;
use error::MAX_LEEWAY;
use error::MAX_WAIT;
pub use error::ValidatorError;
pub(crate) use error::is_issuer;
pub use fetch::FetchError;
pub(crate) use fetch::Reach;
pub use introspection::ClientAuthentication;
pub(crate) use introspection::GitHubSettings;
pub(crate) use introspection::GoogleSettings;
pub use introspection::IntrospectionValidator;
pub use introspection::IntrospectionValidatorBuilder;
pub use issuers::Issuers;
pub use issuers::IssuersBuilder;
pub use issuers::IssuersError;
pub(crate) use jwt::Grants;
pub use jwt::JwtValidator;
pub use jwt::JwtValidatorBuilder;
pub use jwt::TokenProfile;
pub use keys::Algorithm;
pub use keys::DiscoveryError;
pub(crate) use keys::MetadataForm;
pub use static_tokens::StaticTokens;
pub use static_tokens::StaticTokensError;

/// Decides whether an access token is good.
///
/// A validator answers for every rule: signature or introspection, issuer, audience, time. What it accepts, mcp-guard lets in, but for one rule: where the
/// claims that it reports have a `cnf`, the layers ask for a proof of what the token is bound to. So report that claim, or refuse such tokens.
///
/// ```
/// use mcp_guard::{BearerToken, InvalidToken, TokenError, TokenParts, TokenValidator, ValidatedToken};
///
/// struct OneToken;
///
/// impl TokenValidator for OneToken {
///     async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
///         // For a test. Real validators compare in constant time, or a hash.
///         if token.expose() != "opaque" {
///             return Err(InvalidToken::Rejected.into());
///         }
///         Ok(ValidatedToken::new(TokenParts {
///             subject: "alice".into(),
///             issuer: "https://auth.example.com".into(),
///             ..TokenParts::default()
///         }))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot validate access tokens",
    note = "pass a `JwtValidator`, or implement `TokenValidator` for `{Self}`"
)]
pub trait TokenValidator: Send + Sync + 'static {
    /// Validates `token`.
    ///
    /// # Errors
    ///
    /// [`TokenError::Invalid`] when the token is no good, [`TokenError::Unavailable`] when that cannot be found out now.
    fn validate(&self, token: &BearerToken) -> impl Future<Output = Result<ValidatedToken, TokenError>> + Send;

    /// Whether the validator could validate a token now, for `/health/ready`.
    fn readiness(&self) -> Readiness {
        Readiness { ready: true, keys_age: None, issuer_reachable: None }
    }
}

/// What `/health/ready` says of a validator.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "validators outside of this crate build it")]
pub struct Readiness {
    /// Whether tokens can be validated.
    pub ready: bool,
    /// How long ago the keys were fetched.
    pub keys_age: Option<Duration>,
    /// Whether the last request to the authorization server was answered.
    pub issuer_reachable: Option<bool>,
}

/// How long a validator may take. Those of this crate have shorter limits of their own.
const VALIDATION_TIME: Duration = Duration::from_secs(30);
/// When to try again after a validator failed to answer.
const VALIDATION_RETRY: Duration = Duration::from_secs(5);

/// A validator whose type is forgotten, so that layers need no type parameter for it.
#[derive(Clone)]
pub(crate) struct SharedValidator(Arc<dyn ErasedValidator>);

impl SharedValidator {
    pub(crate) fn new(validator: impl TokenValidator) -> Self {
        Self(Arc::new(validator))
    }

    pub(crate) async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        let validated = self.answer(token).await?;
        // Whoever validated it: an application's validator does not know what was proved.
        binding::check(validated.claims(), token.possession())?;
        Ok(validated)
    }

    /// Asks the validator. The application's code may panic or never answer: both mean that the token cannot be validated now.
    async fn answer(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        let unavailable = Err(TokenError::Unavailable { retry_after: VALIDATION_RETRY });
        let mut validation = pin!(AssertUnwindSafe(async { self.0.validate(token).await }).catch_unwind());
        // Most tokens are in a cache: those need no timer.
        let answer = match poll!(validation.as_mut()) {
            Poll::Ready(answer) => answer,
            Poll::Pending => match tokio::time::timeout(VALIDATION_TIME, validation).await {
                Ok(answer) => answer,
                Err(_) => {
                    tracing::error!("a token validator did not answer within {} seconds", VALIDATION_TIME.as_secs());
                    return unavailable;
                }
            },
        };
        answer.unwrap_or_else(|panic| {
            discard(panic);
            tracing::error!("a token validator panicked");
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
