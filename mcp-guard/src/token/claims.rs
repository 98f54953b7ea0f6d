//! Typed access to the claims of a token.

use std::any::type_name;
use std::ops::Deref;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::claims_de::{ClaimsDeError, from_claims};
use crate::token::ValidatedToken;

/// The claims of the validated token, deserialized into a type of the application. An extractor, like
/// [`ValidatedToken`].
///
/// The fields of the type are the required claims. An optional claim is an `Option` or has `#[serde(default)]`.
///
/// If the token lacks a required claim, the client needs another token: `401` from an axum handler. If a claim has
/// another type, the Rust type does not match the authorization server: `500`, and an error in the log.
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
#[expect(clippy::exhaustive_structs, reason = "destructured in patterns, like every extractor")]
pub struct Claims<T>(pub T);

impl<T: DeserializeOwned> Claims<T> {
    /// Deserializes the claims of `token`.
    ///
    /// # Errors
    ///
    /// [`ClaimsError::Missing`] if the token lacks a required claim, [`ClaimsError::IllTyped`] if a claim has another
    /// type.
    pub(crate) fn of(token: &ValidatedToken) -> Result<Self, ClaimsError> {
        Self::read(token.claims())
    }

    /// Deserializes claims before a token is created from them.
    pub(crate) fn read(claims: &Map<String, Value>) -> Result<Self, ClaimsError> {
        from_claims(claims).map(Self).map_err(|error| match error {
            ClaimsDeError::Missing(claim) => ClaimsError::Missing { claim },
            ClaimsDeError::Mismatch => ClaimsError::IllTyped { type_name: type_name::<T>() },
        })
    }
}

impl<T> Deref for Claims<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

opaque_debug!(redacted Claims<T>);

/// The reason why claims cannot be deserialized.
///
/// It contains only names that the type declares: no value and no name from the token.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum ClaimsError {
    /// The token lacks a required claim. Another token may have it: `401`.
    ///
    /// The fields of a flattened struct are claims. A missing member inside the value of a claim is
    /// [`IllTyped`](Self::IllTyped).
    #[error(
        "the access token lacks the claim `{claim}`: \
         configure the authorization server to add it, or make it an `Option` if it is optional"
    )]
    Missing {
        /// The name of the claim in the type.
        claim: &'static str,
    },
    /// The type does not match the claims. Another token would not help: the server is misconfigured, `500`.
    ///
    /// Reported if a claim has another type or is null, if a member inside its value is missing or has another type, if
    /// the type denies unknown fields, or if no variant of an untagged enum matches.
    #[error(
        "the claims of the access token do not match `{type_name}`: \
         compare the type with the tokens of the authorization server"
    )]
    IllTyped {
        /// The name of the type.
        type_name: &'static str,
    },
}

#[cfg(test)]
#[expect(dead_code, reason = "the fields are only read by serde")]
mod tests;
