//! Compares the callers that two requirements allow.
//!
//! A requirement with its baseline and hierarchy is a list of clauses: of each clause, a caller needs one scope. One
//! requirement implies another if each clause of the other is violated only by callers whom the first refuses. To test a
//! clause, the policy decides on the caller with all relevant scopes but those of the clause: if it refuses this caller,
//! it refuses all others without them.

use std::collections::BTreeMap;

use mcp_guard::policy::{Decision, Hierarchy, Policy, Requirement};
use mcp_guard::{Scope, ScopeSet};
use serde::Serialize;

/// The effect of a change on callers.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Effect {
    /// Exactly the same callers are allowed.
    Equivalent,
    /// More callers are allowed.
    Weaker,
    /// Fewer callers are allowed.
    Stronger,
    /// Some callers are newly allowed, and others are newly refused.
    Different,
}

/// A policy, prepared for comparisons.
pub(super) struct Side {
    policy: Policy,
    /// For each scope, the other scopes that imply it.
    broader: BTreeMap<Scope, ScopeSet>,
}

impl Side {
    pub(super) fn new(baseline: &ScopeSet, hierarchy: &Hierarchy, allow_anonymous: bool) -> Self {
        let mut broader: BTreeMap<Scope, ScopeSet> = BTreeMap::new();
        for (broad, narrow) in hierarchy.implied() {
            for scope in narrow {
                broader.entry(scope).or_default().insert(broad.clone());
            }
        }
        Self { policy: Policy::new(baseline.clone(), hierarchy.clone(), allow_anonymous), broader }
    }

    fn allows(&self, requirement: &Requirement, granted: Option<&ScopeSet>) -> bool {
        self.policy.decide(requirement, granted) == Decision::Allow
    }

    /// Returns the sets of scopes of which a caller needs one each.
    fn clauses(&self, requirement: &Requirement) -> Vec<ScopeSet> {
        if self.allows(requirement, Some(&ScopeSet::new())) {
            return Vec::new();
        }
        let baseline = self.policy.baseline().iter().map(|scope| self.clause([scope]));
        let mut clauses: Vec<ScopeSet> = baseline.collect();
        match requirement {
            Requirement::All(scopes) => clauses.extend(scopes.iter().map(|scope| self.clause([scope]))),
            Requirement::Any(scopes) => clauses.push(self.clause(scopes.iter())),
            _ => {}
        }
        clauses
    }

    /// Returns these scopes with all that imply one of them.
    fn clause<'s>(&self, scopes: impl IntoIterator<Item = &'s Scope>) -> ScopeSet {
        let with_broader = |scope: &Scope| {
            let broader = self.broader.get(scope).into_iter().flatten().cloned();
            broader.chain([scope.clone()]).collect::<Vec<_>>()
        };
        scopes.into_iter().flat_map(with_broader).collect()
    }

    /// Returns whether every caller whom this side allows is allowed by the other side.
    fn implies(&self, requirement: &Requirement, other: &Self, required: &Requirement) -> bool {
        if self.allows(requirement, None) && !other.allows(required, None) {
            return false;
        }
        let relevant: ScopeSet = self.clauses(requirement).into_iter().flatten().collect();
        other.clauses(required).iter().all(|clause| {
            let others = relevant.iter().filter(|scope| !clause.contains(scope)).cloned().collect();
            !self.allows(requirement, Some(&others))
        })
    }
}

impl Effect {
    /// Returns the effect of the change from one requirement to another.
    pub(super) fn of((old, requirement): (&Side, &Requirement), (new, required): (&Side, &Requirement)) -> Self {
        let keeps_all = old.implies(requirement, new, required);
        let adds_none = new.implies(required, old, requirement);
        match (keeps_all, adds_none) {
            (true, true) => Self::Equivalent,
            (true, false) => Self::Weaker,
            (false, true) => Self::Stronger,
            (false, false) => Self::Different,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Equivalent => "equivalent",
            Self::Weaker => "weaker",
            Self::Stronger => "stronger",
            Self::Different => "different",
        }
    }
}

#[cfg(test)]
mod tests;
