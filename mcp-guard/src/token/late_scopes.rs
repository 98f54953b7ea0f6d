//! Scopes that an operation requires while it runs.

use std::fmt;

use super::InsufficientScope;
use crate::scope::ScopeSet;

/// Decides on scopes that an operation requires while it runs, and records a rejection for the response.
///
/// Implemented by the request in flight, which knows the policy and the operation. A trait, so that tokens do not
/// depend on requests.
pub(crate) trait LateScopes: fmt::Debug + Send + Sync {
    /// Returns whether `granted` satisfies all of `scopes`, with the hierarchy of the server.
    fn are_granted(&self, scopes: &ScopeSet, granted: &ScopeSet) -> bool;

    /// Requires all of `scopes`.
    ///
    /// # Errors
    ///
    /// The scopes are not granted.
    fn require(&self, scopes: &ScopeSet, granted: &ScopeSet) -> Result<(), InsufficientScope>;

    /// Records that the operation required an invalid scope, which is a mistake in the server.
    fn reject_invalid(&self);
}
