//! The trait for validators of access tokens.

use std::time::Duration;

use super::rejection_log::RejectionLog;
use crate::token::{BearerToken, TokenError, ValidatedToken};

/// A validator of access tokens.
///
/// A validator is responsible for every rule: signature or introspection, issuer, audience, and time. mcp-guard accepts
/// every token that it returns, with one exception. If the returned claims contain `cnf`, the layers require proof of
/// possession. So return that claim, or reject such tokens.
///
/// ```
/// use mcp_guard::{TokenValidator, ValidatedToken};
/// use mcp_guard::token::{BearerToken, InvalidToken, TokenError, TokenParts};
///
/// struct OneToken;
///
/// impl TokenValidator for OneToken {
///     async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
///         // For a test. A real validator compares in constant time, or compares hashes.
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
    note = "use an `Issuer`, or implement `TokenValidator` for `{Self}`"
)]
pub trait TokenValidator: Send + Sync + 'static {
    /// Validates `token`.
    ///
    /// # Errors
    ///
    /// [`TokenError::Invalid`] if the token is invalid, [`TokenError::Unavailable`] if it cannot be validated at the
    /// moment.
    fn validate(&self, token: &BearerToken) -> impl Future<Output = Result<ValidatedToken, TokenError>> + Send;

    /// Returns whether tokens can be validated at the moment, for `/health/ready`.
    fn readiness(&self) -> Readiness {
        Readiness { ready: true, keys_age: None, issuer_reachable: None }
    }

    /// Returns whether [`validate`](Self::validate) would accept the token from memory, without a verification or a call.
    #[doc(hidden)]
    fn is_cached(&self, _token: &BearerToken) -> bool {
        false
    }

    /// Returns the log for a rejected token, if the validator knows its issuer.
    #[doc(hidden)]
    fn rejection_log(&self, _token: &BearerToken) -> Option<&RejectionLog> {
        None
    }
}

/// The state of a validator, for `/health/ready`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "validators outside of this crate build it")]
pub struct Readiness {
    /// Whether tokens can be validated.
    pub ready: bool,
    /// The time since the keys were fetched.
    pub keys_age: Option<Duration>,
    /// Whether the authorization server responded to the last request.
    pub issuer_reachable: Option<bool>,
}
