//! Validators: from the token as it came to what is known of the caller.

mod binding;
mod claim;
pub(crate) mod fetch;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod jwt;
mod keys;
mod unique;

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;

use crate::token::BearerToken;
use crate::token::TokenError;
use crate::token::ValidatedToken;

pub use fetch::FetchError;
pub use jwt::JwtValidator;
pub use jwt::JwtValidatorBuilder;
pub use jwt::TokenProfile;
pub use jwt::ValidatorError;
pub(crate) use jwt::is_issuer;
pub use keys::Algorithm;
pub use keys::DiscoveryError;

/// Decides whether an access token is good.
///
/// A validator answers for every rule: signature or introspection, issuer, audience, time. What it accepts, mcp-guard lets in.
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

/// A validator whose type is forgotten, so that layers need no type parameter for it.
#[derive(Clone)]
pub(crate) struct SharedValidator(Arc<dyn ErasedValidator>);

impl SharedValidator {
    pub(crate) fn new(validator: impl TokenValidator) -> Self {
        Self(Arc::new(validator))
    }

    pub(crate) async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        self.0.validate(token).await
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
