//! What guards one operation.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;

use rmcp::ErrorData;

use super::Arguments;
use crate::policy::Requirement;
use crate::scope::ScopeSet;

/// Computes further scopes from the arguments of a request.
type Compute = dyn Fn(&Arguments) -> Result<ScopeSet, ErrorData> + Send + Sync;

/// Further scopes that an operation needs, computed from its arguments.
#[derive(Clone)]
pub struct ScopesFor(Arc<Compute>);

impl ScopesFor {
    /// Computes them with `compute`. An error means that the arguments cannot be read: the request is then answered with that error, and nothing runs.
    #[must_use]
    pub fn new(compute: impl Fn(&Arguments) -> Result<ScopeSet, ErrorData> + Send + Sync + 'static) -> Self {
        Self(Arc::new(compute))
    }
}

impl fmt::Debug for ScopesFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScopesFor")
    }
}

/// What guards one operation: its requirement, and the scopes that its arguments add.
#[derive(Debug)]
pub(crate) struct Entry {
    requirement: Requirement,
    scopes_for: Option<ScopesFor>,
}

impl Entry {
    pub(crate) const fn new(requirement: Requirement, scopes_for: Option<ScopesFor>) -> Self {
        Self { requirement, scopes_for }
    }

    pub(crate) const fn requirement(&self) -> &Requirement {
        &self.requirement
    }

    /// Whether arguments may add scopes, so that a decision needs them.
    pub(crate) const fn depends_on_arguments(&self) -> bool {
        self.scopes_for.is_some()
    }

    /// The scopes that these arguments add.
    ///
    /// # Errors
    ///
    /// The arguments cannot be read, or the application's function panics at them.
    pub(crate) fn further(&self, arguments: &Arguments) -> Result<ScopeSet, ErrorData> {
        let Some(ScopesFor(compute)) = &self.scopes_for else { return Ok(ScopeSet::new()) };
        // In the gate a panic would take the connection down.
        catch_unwind(AssertUnwindSafe(|| compute(arguments))).unwrap_or_else(|_| {
            tracing::error!("a function of `scopes_for` panicked: the call is refused");
            Err(ErrorData::internal_error("the server cannot tell what this call needs", None))
        })
    }
}
