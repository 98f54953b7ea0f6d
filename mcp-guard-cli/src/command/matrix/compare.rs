//! Compares two matrices.

use std::collections::BTreeSet;

use mcp_guard::layer::{MatrixEntry, ScopeMatrix};
use mcp_guard::policy::Hierarchy;
use mcp_guard::{Scope, ScopeSet};

use super::diff::{Cause, Change, ChangedOperation, Diff, HierarchyChange, Implication, ListedOperation, ScopesChange};
use super::effect::{Effect, Side};

/// Returns the differences between two matrices.
pub(super) fn diff(old: &ScopeMatrix, new: &ScopeMatrix) -> Diff {
    let policies = Policies::new(old, new);
    let only_in = |one: &ScopeMatrix, other: &ScopeMatrix| {
        let missing = one.entries().iter().filter(|entry| other.get(entry.operation()).is_none());
        missing.map(ListedOperation::new).collect()
    };
    let in_both = old.entries().iter().filter_map(|entry| Some((entry, new.get(entry.operation())?)));
    let enforcement = (old.is_report_only() != new.is_report_only()).then(|| enforcement(!new.is_report_only()));
    Diff {
        enforcement,
        baseline: ScopesChange {
            added: less(new.baseline(), old.baseline()),
            removed: less(old.baseline(), new.baseline()),
        },
        hierarchy: HierarchyChange::between(old.hierarchy(), new.hierarchy()),
        added: only_in(new, old),
        removed: only_in(old, new),
        changed: in_both.filter_map(|(old, new)| changed(&policies, old, new)).collect(),
    }
}

/// Returns the effect of a change after which more, or less, is enforced.
const fn enforcement(is_stronger: bool) -> Effect {
    if is_stronger { Effect::Stronger } else { Effect::Weaker }
}

/// Returns the scopes that the other set does not contain.
fn less(one: &ScopeSet, other: &ScopeSet) -> ScopeSet {
    one.iter().filter(|scope| !other.contains(scope)).cloned().collect()
}

impl HierarchyChange {
    fn between(old: &Hierarchy, new: &Hierarchy) -> Self {
        let [old, new] = [old, new].map(pairs);
        let implications = |pairs: Vec<&(Scope, Scope)>| {
            pairs.into_iter().cloned().map(|(scope, implies)| Implication { scope, implies }).collect()
        };
        Self {
            added: implications(new.difference(&old).collect()),
            removed: implications(old.difference(&new).collect()),
        }
    }
}

/// Returns the pairs of a scope and another one that it implies.
fn pairs(hierarchy: &Hierarchy) -> BTreeSet<(Scope, Scope)> {
    let implied = hierarchy.implied().into_iter();
    implied.flat_map(|(broad, narrow)| narrow.into_iter().map(move |narrow| (broad.clone(), narrow))).collect()
}

/// The policies of both matrices, and the old one with one part of the new one.
struct Policies {
    old: Side,
    new: Side,
    with_baseline: Option<Side>,
    with_hierarchy: Option<Side>,
}

impl Policies {
    fn new(old: &ScopeMatrix, new: &ScopeMatrix) -> Self {
        let side = |baseline: &ScopeMatrix, hierarchy: &ScopeMatrix| {
            let allow_anonymous = [old, new].iter().any(|matrix| matrix.policy().allows_anonymous());
            Side::new(baseline.baseline(), hierarchy.hierarchy(), allow_anonymous)
        };
        Self {
            old: side(old, old),
            new: side(new, new),
            with_baseline: (old.baseline() != new.baseline()).then(|| side(new, old)),
            with_hierarchy: (old.hierarchy() != new.hierarchy()).then(|| side(old, new)),
        }
    }

    /// Returns the effect on the callers of one operation. `None` if nothing about its requirement changed.
    fn change(&self, old: &MatrixEntry, new: &MatrixEntry) -> Option<Change> {
        let (was, is) = (old.requirement(), new.requirement());
        let effect = Effect::of((&self.old, was), (&self.new, is));
        if was == is && effect == Effect::Equivalent {
            return None;
        }
        let alone = |side: &Option<Side>| {
            side.as_ref().is_some_and(|side| Effect::of((&self.old, was), (side, was)) != Effect::Equivalent)
        };
        let mut because = Vec::new();
        if was != is {
            because.push(Cause::Requirement);
        }
        if alone(&self.with_baseline) {
            because.push(Cause::Baseline);
        }
        if alone(&self.with_hierarchy) {
            because.push(Cause::Hierarchy);
        }
        if because.is_empty() {
            // Neither has an effect without the other.
            because.extend([Cause::Baseline, Cause::Hierarchy]);
        }
        Some(Change::Requirement { effect, because, old: was.to_string(), new: is.to_string() })
    }
}

/// Returns the changes of one operation, if there are any.
fn changed(policies: &Policies, old: &MatrixEntry, new: &MatrixEntry) -> Option<ChangedOperation> {
    // More scopes are required for some arguments, or missing scopes are enforced again.
    let arguments = (old.depends_on_arguments() != new.depends_on_arguments())
        .then(|| Change::Arguments { effect: enforcement(new.depends_on_arguments()) });
    let enforced = (old.is_report_only() != new.is_report_only())
        .then(|| Change::Enforcement { effect: enforcement(!new.is_report_only()) });
    let changes: Vec<Change> = [
        policies.change(old, new),
        arguments,
        enforced,
        (old.schema() != new.schema()).then_some(Change::Schema),
        (old.description() != new.description()).then_some(Change::Description),
        (old.annotations() != new.annotations()).then_some(Change::Annotations),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!changes.is_empty()).then(|| ChangedOperation::new(new, changes))
}

#[cfg(test)]
mod tests;
