//! The caller of a request.

use std::sync::Arc;

use http::HeaderMap;

use super::RequestInFlight;
use crate::operation::Needs;
use crate::policy::{Client, Decision, Denial, Policy, Requirement};
use crate::scope::ScopeSet;
use crate::token::ValidatedToken;
use crate::wire::Challenger;

/// The caller of a request, with the policy and the challenger that apply to it.
///
/// An [`AuthLayer`](crate::layer::AuthLayer) adds it to the extensions of every request that it admits. Code that finds
/// no `Caller` must reject the request: the `AuthLayer` is missing.
#[derive(Clone, Debug)]
pub struct Caller {
    token: Option<ValidatedToken>,
    policy: Arc<Policy>,
    challenger: Option<Challenger>,
    in_flight: Arc<RequestInFlight>,
}

impl Caller {
    /// Creates a caller over HTTP. Without a token the caller is anonymous.
    #[must_use]
    pub fn new(token: Option<ValidatedToken>, policy: Arc<Policy>, challenger: Challenger) -> Self {
        Self::with_challenger(token, policy, Some(challenger))
    }

    /// Creates a caller on a transport without challenges.
    pub(crate) fn local(token: Option<ValidatedToken>, policy: Arc<Policy>) -> Self {
        Self::with_challenger(token, policy, None)
    }

    fn with_challenger(token: Option<ValidatedToken>, policy: Arc<Policy>, challenger: Option<Challenger>) -> Self {
        let in_flight = Arc::new(RequestInFlight::new(Arc::clone(&policy)));
        Self { token, policy, challenger, in_flight }
    }

    /// Returns the validated token, or `None` for an anonymous caller.
    #[must_use]
    pub const fn token(&self) -> Option<&ValidatedToken> {
        self.token.as_ref()
    }

    /// Returns the token. Scopes that it requires late are decided for the operation of this request.
    pub(crate) fn token_in_request(&self) -> Option<ValidatedToken> {
        self.token.as_ref().map(|token| token.in_request(Arc::<RequestInFlight>::clone(&self.in_flight)))
    }

    /// Returns the policy that applies to this caller.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Returns the form of rejections for this caller.
    pub(crate) fn denial(&self, headers: Option<&HeaderMap>) -> Denial {
        self.policy.denial(&Client::new(self.token.as_ref().and_then(ValidatedToken::client_id), headers))
    }

    /// Returns the challenger for this caller. `None` on transports without challenges, such as stdio.
    #[must_use]
    pub const fn challenger(&self) -> Option<&Challenger> {
        self.challenger.as_ref()
    }

    pub(crate) fn in_flight(&self) -> &RequestInFlight {
        &self.in_flight
    }

    /// Decides whether the caller satisfies `requirement`.
    #[must_use]
    pub fn decide(&self, requirement: &Requirement) -> Decision {
        self.decide_with(requirement, &ScopeSet::new())
    }

    /// Like [`decide`](Self::decide), but also requires every scope in `further`.
    #[must_use]
    pub fn decide_with(&self, requirement: &Requirement, further: &ScopeSet) -> Decision {
        self.policy.decide_with(requirement, further, self.token.as_ref().map(ValidatedToken::scopes))
    }

    /// Decides on all requirements of a request.
    pub(crate) fn decide_all(&self, needs: &Needs<'_>) -> Decision {
        self.policy.decide_all(needs.iter(), self.token.as_ref().map(ValidatedToken::scopes))
    }
}
