//! The reason why a request is rejected.

use super::Decision;
use crate::rule::Rule;
use crate::scope::ScopeSet;

/// The reason why a request is rejected. The `wire` module renders it as an HTTP response, a tool result or a JSON-RPC
/// error.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// The request has no [`Caller`](crate::layer::Caller), because the authentication layer is missing.
    NoCaller,
    /// The request has no valid token.
    Unauthenticated { needed: ScopeSet },
    /// The token is valid and lacks the `missing` scopes. `needed` contains all scopes of the operation.
    InsufficientScope { needed: ScopeSet, missing: ScopeSet },
    /// The token lacks a claim that the operation requires. `needed` contains the scopes that another token requires as
    /// well.
    InvalidToken { needed: ScopeSet },
    /// The server cannot respond because of a mistake in its code or configuration.
    ServerError,
}

impl Refusal {
    /// Returns the rule that rejects the request.
    pub(crate) const fn rule(&self) -> Rule {
        match self {
            Self::NoCaller => Rule::LayerMissing,
            Self::Unauthenticated { .. } => Rule::TokenMissing,
            Self::InsufficientScope { .. } => Rule::Scope,
            Self::InvalidToken { .. } => Rule::ClaimMissing,
            Self::ServerError => Rule::ServerError,
        }
    }
}

impl Decision {
    /// Returns the refusal that follows from this decision.
    pub(crate) fn into_result(self) -> Result<(), Refusal> {
        match self {
            Self::Allow | Self::Report => Ok(()),
            Self::Authenticate { needed } => Err(Refusal::Unauthenticated { needed }),
            Self::Forbid { needed, missing } => Err(Refusal::InsufficientScope { needed, missing }),
        }
    }
}
