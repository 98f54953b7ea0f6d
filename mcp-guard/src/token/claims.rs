//! Claims as a type of the application.

use std::fmt;
use std::ops::Deref;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::token::ValidatedToken;

/// The claims of the validated token as a type of yours. An extractor, like [`ValidatedToken`].
///
/// ```
/// # use mcp_guard::prelude::*;
/// #[derive(serde::Deserialize)]
/// struct Tenant {
///     tenant: String,
/// }
///
/// struct Server;
///
/// #[guarded_tools]
/// impl Server {
///     /// Name the caller's tenant.
///     #[guarded_tool(authenticated)]
///     fn tenant(&self, Claims(tenant): Claims<Tenant>) -> String {
///         tenant.tenant
///     }
/// }
/// ```
#[derive(Clone, Copy, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "it is taken apart in patterns, like every extractor")]
pub struct Claims<T>(pub T);

impl<T: DeserializeOwned> Claims<T> {
    /// Reads the claims of `token`.
    ///
    /// # Errors
    ///
    /// [`ClaimsError`] when a claim that `T` needs is missing or of another type.
    pub fn of(token: &ValidatedToken) -> Result<Self, ClaimsError> {
        T::deserialize(Value::Object(token.claims().clone())).map(Self).map_err(|_| ClaimsError)
    }
}

impl<T> Deref for Claims<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Claims<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims([redacted])")
    }
}

/// The token lacks a claim that the application needs, or has it with another type. It does not say which: the text would come from
/// the token.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the access token does not carry the claims that this operation needs")]
#[non_exhaustive]
pub struct ClaimsError;
