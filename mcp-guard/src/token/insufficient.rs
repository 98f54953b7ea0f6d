//! A token that holds too little for what an operation found out late.

use crate::scope::ScopeSet;

/// The access token does not hold every scope that the operation needs: what [`ValidatedToken::require`](crate::ValidatedToken::require) answers.
#[derive(Clone, Eq, PartialEq, thiserror::Error)]
#[error("insufficient_scope: the scopes \"{needed}\" are needed")]
#[non_exhaustive]
pub struct InsufficientScope {
    needed: ScopeSet,
}

crate::config::debug_as_display!(InsufficientScope);

impl InsufficientScope {
    pub(crate) const fn new(needed: ScopeSet) -> Self {
        Self { needed }
    }

    /// Every scope that the operation needs, as far as it is known.
    #[must_use]
    pub const fn needed(&self) -> &ScopeSet {
        &self.needed
    }
}
