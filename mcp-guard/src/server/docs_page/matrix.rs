//! The scopes of the page, and their relation to the operations.

use std::collections::BTreeSet;

use crate::policy::{Policy, Requirement, Vocabulary};
use crate::scope::{Scope, ScopeSet, ScopeSpelling};

/// A scope with its description.
pub(super) struct ScopeRow<'p> {
    pub(super) name: String,
    /// The name in authorization requests, if it is another one.
    pub(super) requested: Option<String>,
    pub(super) description: &'p str,
    /// The scopes that this scope includes.
    pub(super) implies: Vec<String>,
    pub(super) is_baseline: bool,
}

/// The relation of a scope to an operation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cell {
    Required,
    OneOf,
    Implies,
}

impl Cell {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::OneOf => "one-of",
            Self::Implies => "implies",
        }
    }

    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::OneOf => "one of these is required",
            Self::Implies => "accepted instead",
        }
    }
}

/// The scopes of the page, in the order of the vocabulary. Other scopes follow, ordered by name.
pub(super) struct Columns(Vec<Scope>);

impl Columns {
    /// Returns the scopes of these requirements, and the baseline.
    pub(super) fn of<'r>(policy: &Policy, requirements: impl Iterator<Item = &'r Requirement>) -> Self {
        let required = requirements.flat_map(|requirement| {
            let (all, any) = needed(policy, requirement);
            all.iter().chain(&any).cloned().collect::<Vec<_>>()
        });
        let scopes: BTreeSet<Scope> = required.chain(policy.baseline().iter().cloned()).collect();
        Self(scopes.into_iter().collect())
    }

    /// Adds the scopes of the vocabulary, and orders the scopes like the vocabulary.
    pub(super) fn with_vocabulary(self, vocabulary: Option<&Vocabulary>) -> Self {
        let mut scopes: Vec<Scope> = vocabulary.into_iter().flat_map(Vocabulary::scopes).cloned().collect();
        let known: BTreeSet<Scope> = scopes.iter().cloned().collect();
        scopes.extend(self.0.into_iter().filter(|scope| !known.contains(scope)));
        Self(scopes)
    }

    /// Adds the scopes that imply another one.
    pub(super) fn with_broader_scopes(mut self, policy: &Policy) -> Self {
        let known: BTreeSet<Scope> = self.0.iter().cloned().collect();
        let broader: BTreeSet<Scope> = known.iter().flat_map(|scope| policy.broader(scope)).cloned().collect();
        self.0.extend(broader.difference(&known).cloned());
        self
    }

    /// Returns the scopes with their descriptions.
    pub(super) fn rows<'p>(
        &self,
        policy: &Policy,
        vocabulary: Option<&'p Vocabulary>,
        spelling: &ScopeSpelling,
    ) -> Vec<ScopeRow<'p>> {
        let row = |scope: &Scope| {
            let requested = spelling.spell(&scope.clone().into()).to_string();
            let implied = self.0.iter().filter(|narrow| policy.broader(narrow).any(|broad| broad == scope));
            ScopeRow {
                name: scope.to_string(),
                requested: Some(requested).filter(|requested| requested != scope.as_str()),
                description: vocabulary.and_then(|vocabulary| vocabulary.description(scope)).unwrap_or_default(),
                implies: implied.map(ToString::to_string).collect(),
                is_baseline: policy.baseline().contains(scope),
            }
        };
        self.0.iter().map(row).collect()
    }

    /// Returns the relation of each scope to a requirement.
    pub(super) fn cells(&self, policy: &Policy, requirement: &Requirement) -> Vec<Option<Cell>> {
        let (all, any) = needed(policy, requirement);
        let broader: BTreeSet<&Scope> = all.iter().chain(&any).flat_map(|scope| policy.broader(scope)).collect();
        let cell = |scope: &Scope| match scope {
            scope if all.contains(scope) => Some(Cell::Required),
            scope if any.contains(scope) => Some(Cell::OneOf),
            scope if broader.contains(scope) => Some(Cell::Implies),
            _ => None,
        };
        self.0.iter().map(cell).collect()
    }
}

/// Returns the scopes of which all are required, including the baseline, and those of which one is required.
fn needed(policy: &Policy, requirement: &Requirement) -> (ScopeSet, ScopeSet) {
    match requirement {
        Requirement::Public if policy.allows_anonymous() => (ScopeSet::new(), ScopeSet::new()),
        Requirement::Any(scopes) => (policy.baseline().clone(), scopes.iter().cloned().collect()),
        requirement => (policy.needed(requirement), ScopeSet::new()),
    }
}
