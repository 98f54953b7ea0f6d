//! The caller of a request.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use rmcp::model::Task;

use super::{RequestEnd, RequestInFlight, TaskEnder, TooManyTasks};
use crate::limit::{CallerLimits, ConnectionClient, Sender};
use crate::operation::{Entry, Needs};
use crate::policy::{Client, Decision, Denial, Policy, Refusal, Requirement};
use crate::record::Draft;
use crate::scope::ScopeSet;
use crate::seal::{Seal, SealedId, StateBinding, StateOf};
use crate::token::{Principal, ValidatedToken};
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
    limits: Option<Arc<CallerLimits>>,
    task_ender: Option<TaskEnder>,
    /// Whether the server calls its own method, which needs no scopes.
    is_server: bool,
    seal: Seal,
    in_flight: Arc<RequestInFlight>,
}

impl Caller {
    /// Creates a caller over HTTP. Without a token the caller is anonymous.
    #[must_use]
    pub fn new(token: Option<ValidatedToken>, policy: Arc<Policy>, challenger: Challenger) -> Self {
        let seal = Seal::new(challenger.metadata());
        Self::sealed_by(seal, token, policy, Some(challenger))
    }

    /// Creates a caller whose ids and states are sealed by `seal`. Without a challenger, the transport has no challenges.
    pub(crate) fn sealed_by(
        seal: Seal,
        token: Option<ValidatedToken>,
        policy: Arc<Policy>,
        challenger: Option<Challenger>,
    ) -> Self {
        let in_flight = Arc::new(RequestInFlight::new(Arc::clone(&policy)));
        Self { token, policy, challenger, limits: None, task_ender: None, is_server: false, seal, in_flight }
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

    /// Returns the principal of the request. `None` for an anonymous caller.
    pub(crate) fn principal(&self) -> Option<Principal<'_>> {
        self.token.as_ref().map(ValidatedToken::principal)
    }

    /// Returns the id of a task as the client of this caller knows it, for messages that the application sends itself,
    /// such as `notifications/tasks`.
    ///
    /// Results of guarded operations contain the id of the application, and are sealed on their way to the client.
    #[must_use]
    pub fn client_task_id(&self, id: &str) -> String {
        self.seal_id(SealedId::Task, id)
    }

    /// Returns an id that only this caller can use.
    pub(crate) fn seal_id(&self, kind: SealedId, id: &str) -> String {
        self.seal.seal(kind, id, self.principal())
    }

    /// Returns the id if it was sealed as this kind for this caller.
    pub(crate) fn open_id<'i>(&self, kind: SealedId, sealed: &'i str) -> Option<&'i str> {
        self.seal.open(kind, sealed, self.principal())
    }

    /// Returns the seal of the server.
    pub(crate) const fn seal(&self) -> &Seal {
        &self.seal
    }

    /// Returns the binding of the state of a request by this caller.
    pub(crate) fn state_binding(&self, request: StateOf<'_>) -> StateBinding {
        self.seal.binding(request, self.principal())
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

    /// Decides whether the caller satisfies `requirement`. The decision is not recorded, so report-only enforcement does not
    /// apply.
    #[must_use]
    pub fn decide(&self, requirement: &Requirement) -> Decision {
        self.decide_with(requirement, &ScopeSet::new())
    }

    /// Like [`decide`](Self::decide), but also requires every scope in `further`.
    #[must_use]
    pub fn decide_with(&self, requirement: &Requirement, further: &ScopeSet) -> Decision {
        self.policy.decide_with(requirement, further, self.token.as_ref().map(ValidatedToken::scopes))
    }

    /// Limits the requests of the caller.
    pub(crate) fn limited_by(mut self, limits: Option<Arc<CallerLimits>>) -> Self {
        self.limits = limits;
        self
    }

    /// Ends the tasks of the caller with its token.
    pub(crate) fn with_task_ender(mut self, ender: Option<TaskEnder>) -> Self {
        self.task_ender = ender;
        self
    }

    /// Cancels a task of the caller when its token is no longer valid. The id of the task must be sealed.
    ///
    /// # Errors
    ///
    /// Too many tasks are open. The task is cancelled.
    pub(crate) fn watch_task(&self, task: &Task, end: &RequestEnd) -> Result<(), TooManyTasks> {
        let (Some(ender), Some(token)) = (&self.task_ender, &self.token) else { return Ok(()) };
        // A value of its own: its decisions belong to no request.
        let (seal, policy) = (self.seal.clone(), Arc::clone(&self.policy));
        let owner = Self { is_server: true, ..Self::sealed_by(seal, self.token.clone(), policy, None) };
        let owner = (owner, token.principal().into_owned());
        ender.watch(owner, task.task_id.clone(), end.clone(), task.ttl_ms.map(Duration::from_millis))
    }

    /// Forgets a task of the caller that has ended. The id must be sealed.
    pub(crate) fn forget_task(&self, id: &str) {
        self.task_ender.iter().for_each(|ender| ender.forget(id));
    }

    /// Returns the limits for all requests of the caller.
    pub(crate) fn limits(&self) -> Option<&CallerLimits> {
        self.limits.as_deref()
    }

    /// Returns the sender of the request. `client` is that of its connection.
    pub(crate) fn sender(&self, client: Option<&ConnectionClient>) -> Sender<'_> {
        let address = client.and_then(|client| client.address);
        match (&self.token, address) {
            (Some(token), _) => Sender::Principal(token.principal()),
            (None, Some(address)) => Sender::Address(address.into()),
            (None, None) => Sender::Unknown,
        }
    }

    /// Records the decisions on the request.
    pub(crate) fn recorded_by(mut self, draft: Option<&Arc<Draft>>) -> Self {
        if let Some(draft) = draft {
            self.in_flight = Arc::new(RequestInFlight::new(Arc::clone(&self.policy)).recorded_by(draft));
        }
        self
    }

    /// Returns whether the caller is allowed what `requirement` guards.
    pub(crate) fn is_allowed(&self, requirement: &Requirement) -> bool {
        self.decide_all(&Needs::new(requirement)).allows()
    }

    /// Returns whether lists show an operation to the caller, if they show only permitted ones.
    pub(crate) fn may_call(&self, entry: &Entry) -> bool {
        self.decide_all(&Needs::of(entry, None)).allows()
    }

    /// Decides on all requirements of a request. Records the decision.
    ///
    /// # Errors
    ///
    /// The request must be refused.
    pub(crate) fn authorize(&self, needs: &Needs<'_>) -> Result<(), Refusal> {
        if self.is_server {
            return Ok(());
        }
        let decision = self.decide_all(needs);
        if let Some(draft) = self.in_flight.draft() {
            if draft.is_recorded() {
                let missing = self.token.as_ref().map(|token| self.policy.missing_all(needs.iter(), token.scopes()));
                let is_refused = decision != Decision::Allow;
                let missing = missing.filter(|_| is_refused).unwrap_or_default();
                draft.decide(self.policy.needed_all(needs.iter()), &missing, decision == Decision::Report);
            } else {
                // Without a recorder, nothing is report-only.
                draft.decide(ScopeSet::new(), &ScopeSet::new(), false);
            }
        }
        decision.into_result()
    }

    fn decide_all(&self, needs: &Needs<'_>) -> Decision {
        let granted = self.token.as_ref().map(ValidatedToken::scopes);
        self.policy.decide_all(needs.iter(), granted, self.in_flight.may_report())
    }
}
