//! The error of an operation that requires more scopes while it runs.

use crate::scope::{MissingScopes, ScopeSet};

/// The access token lacks scopes that the operation requires. Returned by
/// [`ValidatedToken::require`](crate::ValidatedToken::require).
#[derive(Clone, Eq, PartialEq, thiserror::Error)]
#[error("{}", MissingScopes(.missing))]
#[non_exhaustive]
pub struct InsufficientScope {
    needed: ScopeSet,
    missing: ScopeSet,
}

debug_as_display!(InsufficientScope);

impl InsufficientScope {
    pub(crate) const fn new(needed: ScopeSet, missing: ScopeSet) -> Self {
        Self { needed, missing }
    }

    /// Returns all scopes that the operation is known to require.
    #[must_use]
    pub const fn needed(&self) -> &ScopeSet {
        &self.needed
    }

    /// Returns the scopes that the token lacks.
    #[must_use]
    pub const fn missing(&self) -> &ScopeSet {
        &self.missing
    }
}
