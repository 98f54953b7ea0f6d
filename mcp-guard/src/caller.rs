//! Who makes a request, as the outer lock tells the inner one.

use std::sync::Arc;

use crate::challenge::Challenger;
use crate::policy::Decision;
use crate::policy::Policy;
use crate::requirement::Requirement;
use crate::token::ValidatedToken;

/// Who makes a request, which policy judges them, and how they are refused.
///
/// An [`AuthLayer`](crate::AuthLayer) puts it into the extensions of every request that it lets pass. Whoever looks for it and does not find it
/// must refuse: the layer is missing.
#[derive(Clone, Debug)]
pub struct Caller {
    token: Option<ValidatedToken>,
    policy: Arc<Policy>,
    challenger: Challenger,
}

impl Caller {
    /// A caller with this token, or an anonymous one.
    #[must_use]
    pub const fn new(token: Option<ValidatedToken>, policy: Arc<Policy>, challenger: Challenger) -> Self {
        Self { token, policy, challenger }
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

    /// Writes the challenges for this caller.
    #[must_use]
    pub const fn challenger(&self) -> &Challenger {
        &self.challenger
    }

    /// Whether this caller may do what `requirement` guards.
    #[must_use]
    pub fn decide(&self, requirement: &Requirement) -> Decision {
        self.policy.decide(requirement, self.token.as_ref().map(ValidatedToken::scopes))
    }
}
