//! The requirement of one operation, and the scopes that its arguments add.

use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rmcp::ErrorData;

use super::Arguments;
use crate::limit::{Exceeded, OperationLimit, OperationLimits, Permit, Rate, Sender};
use crate::policy::Requirement;
use crate::scope::ScopeSet;

/// Computes additional scopes from the arguments of a request.
type Compute = dyn Fn(&Arguments) -> Result<ScopeSet, ErrorData> + Send + Sync;

/// Additional scopes of an operation, computed from its arguments.
#[derive(Clone)]
pub struct ScopesFor(Arc<Compute>);

impl ScopesFor {
    /// Creates the value from a function. An error of the function means that the arguments cannot be parsed. It
    /// becomes the response, and the operation does not run.
    #[must_use]
    pub fn new(compute: impl Fn(&Arguments) -> Result<ScopeSet, ErrorData> + Send + Sync + 'static) -> Self {
        Self(Arc::new(compute))
    }
}

opaque_debug!(ScopesFor);

/// The requirement of one operation, and the scopes that its arguments add.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    requirement: Requirement,
    scopes_for: Option<ScopesFor>,
    is_direct: bool,
    is_report_only: bool,
    limit: OperationLimit,
}

impl Entry {
    pub(crate) const fn new(requirement: Requirement, scopes_for: Option<ScopesFor>) -> Self {
        let limit = OperationLimit { rate: None, concurrent: None };
        Self { requirement, scopes_for, is_direct: false, is_report_only: false, limit }
    }

    /// Also requires the scopes that `scopes_for` computes from the arguments.
    pub(crate) fn with_scopes_for(mut self, scopes_for: ScopesFor) -> Self {
        self.scopes_for = Some(scopes_for);
        self
    }

    /// Sets whether the operation takes nothing from the connection of its request.
    pub(crate) const fn direct(mut self, is_direct: bool) -> Self {
        self.is_direct = is_direct;
        self
    }

    /// Returns whether the operation takes nothing from the connection, so that it can run without one.
    pub(crate) const fn is_direct(&self) -> bool {
        self.is_direct
    }

    /// Only records missing scopes.
    pub(crate) const fn report_only(mut self) -> Self {
        self.is_report_only = true;
        self
    }

    /// Returns whether missing scopes are only recorded.
    pub(crate) const fn is_report_only(&self) -> bool {
        self.is_report_only
    }

    /// Limits the calls of each caller to a rate.
    pub(crate) const fn with_rate(mut self, rate: Rate) -> Self {
        self.limit.rate = Some(rate);
        self
    }

    /// Limits the calls of each caller that are in progress.
    pub(crate) const fn with_concurrency(mut self, max: NonZeroU32) -> Self {
        self.limit.concurrent = Some(max);
        self
    }

    /// Counts a call. The entry must live as long as the process, like those of a server.
    ///
    /// # Errors
    ///
    /// The call exceeds a limit of the operation.
    pub(crate) fn enter(
        &'static self,
        limits: &OperationLimits,
        sender: &Sender<'_>,
    ) -> Result<Option<Permit>, Exceeded> {
        limits.enter(std::ptr::from_ref(self).addr(), &self.limit, sender)
    }

    pub(crate) const fn requirement(&self) -> &Requirement {
        &self.requirement
    }

    /// Returns whether arguments can add scopes.
    pub(crate) const fn depends_on_arguments(&self) -> bool {
        self.scopes_for.is_some()
    }

    /// Returns the scopes that these arguments add.
    ///
    /// # Errors
    ///
    /// The arguments cannot be parsed, or the application's function panicked.
    pub(crate) fn further(&self, arguments: &Arguments) -> Result<ScopeSet, ErrorData> {
        let Some(ScopesFor(compute)) = &self.scopes_for else { return Ok(ScopeSet::new()) };
        // A panic in the gate would end the connection.
        catch_unwind(AssertUnwindSafe(|| compute(arguments))).unwrap_or_else(|_| {
            tracing::error!("`scopes_for` panicked: the call is rejected");
            Err(ErrorData::internal_error("Internal server error", None))
        })
    }
}
