//! Scopes that an operation requires while it runs.

use std::fmt;

use super::InsufficientScope;
use crate::scope::ScopeSet;

/// Decides on scopes that an operation requires while it runs, and records a rejection for the response.
///
/// The request in flight implements it, which knows the policy and the operation. A trait, so that tokens do not depend on requests.
pub(crate) trait LateScopes: fmt::Debug + Send + Sync {
    /// Returns whether `granted` satisfies all of `scopes`, by the hierarchy of the server.
    fn are_granted(&self, scopes: &ScopeSet, granted: &ScopeSet) -> bool;

    /// Requires all of `scopes`.
    ///
    /// # Errors
    ///
    /// They are not granted.
    fn require(&self, scopes: &ScopeSet, granted: &ScopeSet) -> Result<(), InsufficientScope>;

    /// Records that the operation required something that is not a scope: a mistake of the server.
    fn reject_invalid(&self);
}
