//! What becomes known of a request while its operation runs.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;

use crate::operation::Entry;
use crate::policy::Policy;
use crate::requirement::Requirement;
use crate::scope::Scope;
use crate::scope::ScopeSet;

/// One request: the inner lock writes down what it let pass, an operation that finds out late that it must refuse writes down why, and the gate reads
/// that on the way out, when it can still choose the HTTP status.
#[derive(Debug)]
pub(crate) struct InFlight {
    policy: Arc<Policy>,
    admitted: OnceLock<Admitted>,
    besides: OnceLock<Vec<Admitted>>,
    raised: Mutex<Option<Raised>>,
    refused: OnceLock<Late>,
}

/// What the inner lock let pass.
#[derive(Debug)]
struct Admitted {
    entry: Arc<Entry>,
    further: ScopeSet,
}

/// A refusal that an operation has in its hands: it counts if the operation fails for it.
#[derive(Debug)]
struct Raised {
    late: Late,
    /// What the error says.
    text: String,
}

/// Why an operation that was admitted refuses after all.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Late {
    /// It needs all of these scopes.
    InsufficientScope(ScopeSet),
    /// The token lacks a claim that the operation needs: the token is not good enough. The scopes are those that another one needs, too.
    InvalidToken(ScopeSet),
    /// The claims of the token do not fit the type that the operation takes: a mistake of the server.
    ServerError,
}

impl InFlight {
    pub(crate) const fn new(policy: Arc<Policy>) -> Self {
        Self {
            policy,
            admitted: OnceLock::new(),
            besides: OnceLock::new(),
            raised: Mutex::new(None),
            refused: OnceLock::new(),
        }
    }

    /// Writes down what the inner lock let pass.
    pub(crate) fn admit(&self, entry: &Arc<Entry>, further: ScopeSet) {
        let _ = self.admitted.set(Admitted { entry: Arc::clone(entry), further });
    }

    /// Returns the operation that the inner lock let pass.
    pub(crate) fn entry(&self) -> Option<&Entry> {
        self.admitted.get().map(|admitted| admitted.entry.as_ref())
    }

    /// Writes down what it let pass besides, because the request is about that, too.
    pub(crate) fn admit_besides(&self, entries: Vec<(Arc<Entry>, ScopeSet)>) {
        let admitted = entries.into_iter().map(|(entry, further)| Admitted { entry, further });
        let _ = self.besides.set(admitted.collect());
    }

    /// Whether `granted` holds all of `scopes`, directly or through broader ones. If not: everything that the operation needs.
    pub(crate) fn check(&self, scopes: &ScopeSet, granted: &ScopeSet) -> Result<(), ScopeSet> {
        let holds = |scope: &Scope| self.policy.grants(granted, scope);
        if scopes.iter().all(holds) {
            return Ok(());
        }
        Err(self.needed(scopes, granted))
    }

    /// Everything that the operation needs, and `scopes` besides.
    pub(crate) fn needed(&self, scopes: &ScopeSet, granted: &ScopeSet) -> ScopeSet {
        let in_all = |needed: ScopeSet, Admitted { entry, further }: &Admitted| {
            self.policy.needed_in_all(entry.requirement(), &further.union(&needed), granted)
        };
        let admitted = self.admitted.get().into_iter().chain(self.besides.get().into_iter().flatten());
        let baseline = self.policy.needed_in_all(&Requirement::Authenticated, scopes, granted);
        admitted.fold(baseline, in_all)
    }

    /// Writes down that the operation may refuse, with what its error says. Of several the last one stays: whoever fails for one does not go on to the next.
    pub(crate) fn raise(&self, late: Late, text: impl Into<String>) {
        *self.raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(Raised { late, text: text.into() });
    }

    /// Says that the operation failed, with an answer that says what `says` looks for. If that is what it raised, that is why: an error that was not passed on
    /// explains nothing.
    pub(crate) fn failed(&self, says: impl Fn(&str) -> bool) -> Option<&Late> {
        let raised = self.raised.lock().unwrap_or_else(PoisonError::into_inner);
        let late = raised.as_ref().filter(|raised| says(&raised.text))?.late.clone();
        Some(self.refused.get_or_init(|| late))
    }

    /// Why the operation refused, if it did.
    pub(crate) fn refused(&self) -> Option<&Late> {
        self.refused.get()
    }
}
