//! Decides a recorded call again.

use mcp_guard::ScopeSet;
use mcp_guard::layer::{KnownRequirement, Operation, ScopeMatrix};
use mcp_guard::policy::{Decision, Policy, Requirement};
use mcp_guard::record::{OperationKind, Outcome};

use super::record::Call;

/// The rule of a call that was refused for its scopes. Another scope matrix does not change any other refusal.
const SCOPE_RULE: &str = "scope";

/// Decides recorded calls with the policy of a matrix.
pub(super) struct Rehearsal<'m> {
    matrix: &'m ScopeMatrix,
    policy: Policy,
}

/// The new decision on a call, compared with the recorded one.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Again {
    /// The call was allowed and is allowed.
    StillAllowed,
    /// The call was refused for its scopes and is refused.
    StillRefused,
    /// The call was refused by a rule that does not depend on the matrix.
    OtherRule,
    /// The request names no operation.
    NoOperation,
    /// The call was allowed and would be refused.
    WouldBeRefused { reason: Reason, is_report_only: bool },
    /// The call was refused and would be allowed.
    WouldPass,
    /// The matrix does not know all requirements of the call.
    Undecidable(Unknown),
}

/// The reason why a call would be refused.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Reason {
    /// The token lacks these scopes. Empty if there are too many to list.
    Scope(ScopeSet),
    /// The call has no token. These scopes are required.
    Token(ScopeSet),
    /// The operation does not exist.
    Operation,
}

/// The requirement that the matrix does not know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Unknown {
    /// The arguments or the subjects of the call can add scopes.
    Arguments,
    /// The operation required scopes while it ran.
    LateScopes,
    /// The code of the application requires the scopes of its routes.
    Route,
    /// The record contains only a part of the operation's name.
    Name,
}

impl<'m> Rehearsal<'m> {
    pub(super) fn new(matrix: &'m ScopeMatrix) -> Self {
        Self { policy: matrix.policy(), matrix }
    }

    /// Decides a call again.
    pub(super) fn decide(&self, call: &Call<'_>) -> Again {
        let was_refused = match (call.outcome, call.rule.as_ref()) {
            (Outcome::Refused, Some(rule)) if rule.as_str() == SCOPE_RULE => true,
            (Outcome::Refused, _) => return Again::OtherRule,
            _ => false,
        };
        let (Some(kind), Some(name)) = (call.kind, call.operation.as_ref()) else { return Again::NoOperation };
        let known = match kind {
            OperationKind::Tool => self.matrix.requirement(Operation::Tool(name.as_str())),
            OperationKind::Prompt => self.matrix.requirement(Operation::Prompt(name.as_str())),
            OperationKind::Resource => self.matrix.requirement(Operation::Resource(name.as_str())),
            OperationKind::Template => self.matrix.requirement(Operation::Template(name.as_str())),
            OperationKind::Method => self.matrix.requirement(Operation::Method(name.as_str())),
            OperationKind::Session => Some(self.matrix.requirement_of_sessions()),
            _ => return Again::Undecidable(Unknown::Route),
        };
        let Some(known) = known else {
            return match (is_cut(name.as_str()), was_refused) {
                (true, _) => Again::Undecidable(Unknown::Name),
                (false, true) => Again::StillRefused,
                (false, false) => Again::WouldBeRefused { reason: Reason::Operation, is_report_only: false },
            };
        };
        let KnownRequirement { requirement, is_complete, is_report_only, .. } = known;
        let granted = call.issuer.as_ref().map(|_| &call.granted);
        // An operation that is report-only still requires the baseline.
        let has_baseline = self.policy.decide(&Requirement::Authenticated, granted).allows();
        let is_report_only = self.matrix.is_report_only() || is_report_only && has_baseline;
        let reason = match self.policy.decide(requirement, granted) {
            Decision::Allow | Decision::Report => None,
            Decision::Forbid { missing, .. } => Some(Reason::Scope(missing)),
            Decision::Authenticate { needed } => Some(Reason::Token(needed)),
        };
        match reason {
            Some(_) if was_refused => Again::StillRefused,
            Some(reason) => Again::WouldBeRefused { reason, is_report_only },
            None if !call.late.is_empty() => Again::Undecidable(Unknown::LateScopes),
            None if !is_complete => Again::Undecidable(Unknown::Arguments),
            None if was_refused => Again::WouldPass,
            None => Again::StillAllowed,
        }
    }
}

/// Returns whether a record contains only the start of this name: a longer name ends with three dots and a digest of 22
/// characters.
fn is_cut(name: &str) -> bool {
    let start = name.len().checked_sub(22).and_then(|end| name.get(..end));
    name.len() > 250 && start.is_some_and(|start| start.ends_with("..."))
}

#[cfg(test)]
mod tests;
