//! The trait that validates access tokens.

use std::time::Duration;

use crate::token::{BearerToken, TokenError, ValidatedToken};

/// Decides whether an access token is good.
///
/// A validator answers for every rule: signature or introspection, issuer, audience, time. What it accepts, mcp-guard lets in, but for one rule: where the
/// claims that it reports have a `cnf`, the layers ask for a proof of what the token is bound to. So report that claim, or refuse such tokens.
///
/// ```
/// use mcp_guard::{TokenValidator, ValidatedToken};
/// use mcp_guard::token::{BearerToken, InvalidToken, TokenError, TokenParts};
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
    note = "use an `Issuer`, or implement `TokenValidator` for `{Self}`"
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
