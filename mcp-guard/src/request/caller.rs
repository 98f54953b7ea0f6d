//! Who makes a request, as the outer lock tells the inner one.

use std::sync::Arc;

use http::HeaderMap;

use super::RequestInFlight;
use crate::operation::Needs;
use crate::policy::Client;
use crate::policy::Decision;
use crate::policy::Denial;
use crate::policy::Policy;
use crate::policy::Requirement;
use crate::scope::ScopeSet;
use crate::token::ValidatedToken;
use crate::wire::Challenger;

/// Who makes a request, which policy judges them, and how they are refused.
///
/// An [`AuthLayer`](crate::AuthLayer) puts it into the extensions of every request that it lets pass. Whoever looks for it and does not find it
/// must refuse: the layer is missing.
#[derive(Clone, Debug)]
pub struct Caller {
    token: Option<ValidatedToken>,
    policy: Arc<Policy>,
    challenger: Option<Challenger>,
    in_flight: Arc<RequestInFlight>,
}

impl Caller {
    /// A caller with this token, or an anonymous one, over HTTP.
    #[must_use]
    pub fn new(token: Option<ValidatedToken>, policy: Arc<Policy>, challenger: Challenger) -> Self {
        Self::with_challenger(token, policy, Some(challenger))
    }

    /// A caller on a transport that knows no challenges.
    pub(crate) fn local(token: Option<ValidatedToken>, policy: Arc<Policy>) -> Self {
        Self::with_challenger(token, policy, None)
    }

    fn with_challenger(token: Option<ValidatedToken>, policy: Arc<Policy>, challenger: Option<Challenger>) -> Self {
        let in_flight = Arc::new(RequestInFlight::new(Arc::clone(&policy)));
        Self { token, policy, challenger, in_flight }
    }

    /// The token, or `None` for an anonymous caller.
    #[must_use]
    pub const fn token(&self) -> Option<&ValidatedToken> {
        self.token.as_ref()
    }

    /// The token, which may ask for more scopes while the operation of this request runs.
    pub(crate) fn token_in_request(&self) -> Option<ValidatedToken> {
        self.token.as_ref().map(|token| token.in_request(Arc::<RequestInFlight>::clone(&self.in_flight)))
    }

    /// The policy that judges this caller.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// In which form this caller is refused.
    pub(crate) fn denial(&self, headers: Option<&HeaderMap>) -> Denial {
        self.policy.denial(&Client::new(self.token.as_ref().and_then(ValidatedToken::client_id), headers))
    }

    /// Writes the challenges for this caller. `None` where there are none: on stdio.
    #[must_use]
    pub const fn challenger(&self) -> Option<&Challenger> {
        self.challenger.as_ref()
    }

    pub(crate) fn in_flight(&self) -> &RequestInFlight {
        &self.in_flight
    }

    /// Whether this caller may do what `requirement` guards.
    #[must_use]
    pub fn decide(&self, requirement: &Requirement) -> Decision {
        self.decide_with(requirement, &ScopeSet::new())
    }

    /// The same where `further` scopes are needed besides, all of them.
    #[must_use]
    pub fn decide_with(&self, requirement: &Requirement, further: &ScopeSet) -> Decision {
        self.policy.decide_with(requirement, further, self.token.as_ref().map(ValidatedToken::scopes))
    }

    /// Decides on everything that a request requires.
    pub(crate) fn decide_all(&self, needs: &Needs<'_>) -> Decision {
        self.policy.decide_all(needs.iter(), self.token.as_ref().map(ValidatedToken::scopes))
    }
}
