//! The state of a request while its operation runs.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use crate::operation::Entry;
use crate::policy::{Enforcement, Policy, Refusal, Requirement, within_message};
use crate::record::Draft;
use crate::rule::Rule;
use crate::scope::{Scope, ScopeSet};
use crate::token::{InsufficientScope, LateScopes};

/// The state of one request, shared between the gate and the inner lock.
///
/// The inner lock records the admitted operation. An operation that rejects the request while it runs records the
/// refusal. The gate reads the refusal before any part of the response is sent, when the HTTP status can still be
/// chosen.
#[derive(Debug)]
pub(crate) struct RequestInFlight {
    policy: Arc<Policy>,
    /// Weak, because an operation may keep its token, and so this value, after it has ended.
    draft: Option<Weak<Draft>>,
    /// Whether refusals are recorded, and need not be logged.
    is_recorded: bool,
    operation: OnceLock<AdmittedOperation>,
    subjects: OnceLock<Vec<AdmittedOperation>>,
    /// The refusal that becomes the response if the operation fails.
    pending: Mutex<Option<Refusal>>,
    /// The refusal of an operation that failed.
    refused: OnceLock<Refusal>,
}

/// An operation that the inner lock admitted, with the scopes that its arguments added.
#[derive(Debug)]
struct AdmittedOperation {
    entry: Arc<Entry>,
    further: ScopeSet,
}

impl RequestInFlight {
    pub(crate) const fn new(policy: Arc<Policy>) -> Self {
        Self {
            policy,
            draft: None,
            is_recorded: false,
            operation: OnceLock::new(),
            subjects: OnceLock::new(),
            pending: Mutex::new(None),
            refused: OnceLock::new(),
        }
    }

    pub(crate) fn recorded_by(mut self, draft: &Arc<Draft>) -> Self {
        self.draft = Some(Arc::downgrade(draft));
        self.is_recorded = draft.is_recorded();
        self
    }

    /// Returns whether requests with missing scopes may be let through: the record is not complete yet.
    pub(crate) fn may_report(&self) -> bool {
        self.is_recorded && self.draft().is_some()
    }

    /// Returns the record of the request. `None` if nothing is recorded, or if the record is complete.
    pub(crate) fn draft(&self) -> Option<Arc<Draft>> {
        self.draft.as_ref()?.upgrade()
    }

    /// Records the rule that refuses the request, or logs it if nothing is recorded.
    pub(crate) fn refuse(&self, rule: Rule) {
        if let Some(draft) = self.draft() {
            draft.refuse(rule);
        }
        if !self.is_recorded {
            rule.log();
        }
    }

    /// Records the operation that the inner lock admitted.
    pub(crate) fn admit(&self, entry: &Arc<Entry>, further: ScopeSet) {
        let _ = self.operation.set(AdmittedOperation { entry: Arc::clone(entry), further });
    }

    /// Returns the operation that the inner lock admitted.
    pub(crate) fn entry(&self) -> Option<&Entry> {
        self.operation.get().map(|admitted| admitted.entry.as_ref())
    }

    /// Records the subjects of the request, such as the resources of a subscription.
    pub(crate) fn admit_subjects(&self, entries: Vec<(Arc<Entry>, ScopeSet)>) {
        let admitted = entries.into_iter().map(|(entry, further)| AdmittedOperation { entry, further });
        let _ = self.subjects.set(admitted.collect());
    }

    /// Returns the scopes that a challenge names: those of the operation and its subjects, and `scopes`.
    pub(crate) fn challenge_scopes(&self, scopes: &ScopeSet, granted: &ScopeSet) -> ScopeSet {
        let add = |needed: ScopeSet, AdmittedOperation { entry, further }: &AdmittedOperation| {
            self.policy.challenge_scopes(entry.requirement(), &further.union(&needed), granted)
        };
        let admitted = self.operation.get().into_iter().chain(self.subjects.get().into_iter().flatten());
        let baseline = self.policy.challenge_scopes(&Requirement::Authenticated, scopes, granted);
        admitted.fold(baseline, add)
    }

    /// Records the refusal that becomes the response if the operation fails. The last one applies.
    pub(crate) fn reject(&self, refusal: Refusal) {
        *self.pending.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
    }

    /// Records that the operation failed, and returns the recorded refusal.
    pub(crate) fn fail(&self) -> Option<&Refusal> {
        let pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        Some(self.refused.get_or_init(|| {
            self.refuse(pending.rule());
            pending
        }))
    }

    /// Returns the refusal of an operation that failed.
    pub(crate) fn refused(&self) -> Option<&Refusal> {
        self.refused.get()
    }
}

impl LateScopes for RequestInFlight {
    fn are_granted(&self, scopes: &ScopeSet, granted: &ScopeSet) -> bool {
        let is_granted = |scope: &Scope| self.policy.grants(granted, scope);
        scopes.iter().all(is_granted)
    }

    fn require(&self, scopes: &ScopeSet, granted: &ScopeSet) -> Result<(), InsufficientScope> {
        let missing = self.policy.missing_of(scopes, granted);
        let draft = self.draft();
        let is_report_only = self.is_recorded
            && draft.is_some()
            && (self.policy.enforcement() == Enforcement::ReportOnly
                || self.entry().is_some_and(Entry::is_report_only));
        if let Some(draft) = draft {
            draft.require(scopes, &missing, is_report_only);
        }
        if missing.is_empty() || is_report_only {
            return Ok(());
        }
        let missing = within_message(missing);
        let needed = self.challenge_scopes(scopes, granted);
        self.reject(Refusal::InsufficientScope { needed: needed.clone(), missing: missing.clone() });
        Err(InsufficientScope::new(needed, missing))
    }

    fn reject_invalid(&self) {
        self.reject(Refusal::ServerError);
    }
}

#[cfg(test)]
mod tests;
