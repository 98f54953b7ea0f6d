//! Who makes a request, as the outer lock tells the inner one.

use std::sync::Arc;

use crate::policy::Decision;
use crate::policy::Policy;
use crate::requirement::Requirement;
use crate::token::ValidatedToken;

/// Who makes a request and which policy judges them.
///
/// An [`AuthLayer`](crate::AuthLayer) puts it into the extensions of every request that it lets pass. Whoever looks for it and does not find it
/// must refuse: the layer is missing.
#[derive(Clone, Debug)]
pub struct Caller {
    token: Option<ValidatedToken>,
    policy: Arc<Policy>,
}

impl Caller {
    /// A caller with this token.
    #[must_use]
    pub const fn authenticated(token: ValidatedToken, policy: Arc<Policy>) -> Self {
        Self { token: Some(token), policy }
    }

    /// A caller who presented no token.
    #[must_use]
    pub const fn anonymous(policy: Arc<Policy>) -> Self {
        Self { token: None, policy }
    }

    /// The token, or `None` for an anonymous caller.
    #[must_use]
    pub const fn token(&self) -> Option<&ValidatedToken> {
        self.token.as_ref()
    }

    /// The policy that judges this caller.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Whether this caller may do what `requirement` guards.
    #[must_use]
    pub fn decide(&self, requirement: &Requirement) -> Decision {
        self.policy.decide(requirement, self.token.as_ref().map(ValidatedToken::scopes))
    }
}
