//! Looks up the requirement of a recorded request.

use super::{MatrixEntry, Operation, ScopeMatrix};
use crate::operation::{Access, Method};
use crate::policy::Requirement;

/// The part of a request's requirement that a [`ScopeMatrix`] knows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct KnownRequirement<'m> {
    /// The requirement, without the baseline.
    pub requirement: &'m Requirement,
    /// Whether the request requires nothing else. Otherwise its arguments or its subjects can add requirements.
    pub is_complete: bool,
    /// Whether missing scopes are recorded and not enforced.
    pub is_report_only: bool,
}

impl<'m> KnownRequirement<'m> {
    fn of(entry: &'m MatrixEntry) -> Self {
        let (requirement, is_report_only) = (entry.requirement(), entry.is_report_only());
        Self { requirement, is_complete: !entry.depends_on_arguments(), is_report_only }
    }

    /// Returns a requirement that the server does not declare.
    fn undeclared(requirement: &'m Requirement) -> Self {
        Self { requirement, is_complete: true, is_report_only: false }
    }
}

impl ScopeMatrix {
    /// Returns the requirement of a request for `operation`, as the gate looks it up. `None` if the server does not have
    /// the operation.
    ///
    /// In contrast to [`get`](Self::get), this includes the methods of MCP that every server has.
    #[must_use]
    pub fn requirement(&self, operation: Operation<'_>) -> Option<KnownRequirement<'_>> {
        // A server that implements a method itself declares one requirement for all of its subjects.
        let by_hand = |method| self.get(Operation::Method(method));
        let entry = match operation {
            Operation::Method(name) => return self.requirement_of_method(name),
            Operation::Tool(_) => self.get(operation),
            Operation::Prompt(_) => by_hand("prompts/get").or_else(|| self.get(operation)),
            Operation::Resource(_) | Operation::Template(_) => {
                by_hand("resources/read").or_else(|| self.get(operation))
            }
        };
        entry.map(KnownRequirement::of)
    }

    /// Returns the requirement of requests that listen to the events of a legacy session, or end it.
    #[must_use]
    pub fn requirement_of_sessions(&self) -> KnownRequirement<'_> {
        KnownRequirement::undeclared(&Requirement::Public)
    }

    fn requirement_of_method(&self, name: &str) -> Option<KnownRequirement<'_>> {
        if Method::is_notification(name) {
            return Some(KnownRequirement::undeclared(&Requirement::Public));
        }
        let method = Method::of_request(name)?;
        let known = match (self.get(Operation::Method(name)), method.access) {
            (Some(entry), _) => KnownRequirement::of(entry),
            (None, Access::Handshake) => KnownRequirement::undeclared(&Requirement::Public),
            (None, Access::Baseline) => KnownRequirement::undeclared(&Requirement::Authenticated),
            (None, Access::Tool | Access::Notification) => return None,
        };
        let is_complete = known.is_complete && !method.has_requirements_of_subjects();
        Some(KnownRequirement { is_complete, ..known })
    }
}
