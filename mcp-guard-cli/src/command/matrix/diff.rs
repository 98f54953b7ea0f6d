//! The differences between two matrices.

use std::io::{self, Write};

use anstyle::Style;
use mcp_guard::layer::MatrixEntry;
use mcp_guard::{Scope, ScopeSet};
use serde::Serialize;

use super::effect::Effect;
use crate::output::{ALERT, CALM, HEADING, NOTICE, Report, Shown, Status};

/// The differences between two matrices.
#[derive(Debug, Serialize)]
pub(crate) struct Diff {
    /// Whether missing scopes are enforced at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) enforcement: Option<Effect>,
    pub(super) baseline: ScopesChange,
    pub(super) hierarchy: HierarchyChange,
    pub(super) added: Vec<ListedOperation>,
    pub(super) removed: Vec<ListedOperation>,
    pub(super) changed: Vec<ChangedOperation>,
}

#[derive(Debug, Serialize)]
pub(super) struct ScopesChange {
    pub(super) added: ScopeSet,
    pub(super) removed: ScopeSet,
}

#[derive(Debug, Serialize)]
pub(super) struct HierarchyChange {
    pub(super) added: Vec<Implication>,
    pub(super) removed: Vec<Implication>,
}

#[derive(Debug, Serialize)]
pub(super) struct Implication {
    pub(super) scope: Scope,
    pub(super) implies: Scope,
}

/// An operation that only one of the matrices has.
#[derive(Debug, Serialize)]
pub(super) struct ListedOperation {
    kind: &'static str,
    name: String,
    requirement: String,
}

#[derive(Debug, Serialize)]
pub(super) struct ChangedOperation {
    kind: &'static str,
    name: String,
    pub(super) changes: Vec<Change>,
}

/// A change of one operation.
#[derive(Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub(super) enum Change {
    /// The requirement, or its meaning by the baseline and the hierarchy.
    Requirement {
        effect: Effect,
        because: Vec<Cause>,
        old: String,
        new: String,
    },
    /// Whether arguments add scopes.
    Arguments {
        effect: Effect,
    },
    /// Whether missing scopes are enforced.
    Enforcement {
        effect: Effect,
    },
    Schema,
    Description,
    Annotations,
}

/// The part of the matrix that changed the meaning of a requirement.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cause {
    Requirement,
    Baseline,
    Hierarchy,
}

impl ListedOperation {
    pub(super) fn new(entry: &MatrixEntry) -> Self {
        let operation = entry.operation();
        let more = if entry.depends_on_arguments() { ", more by its arguments" } else { "" };
        let requirement = format!("{}{more}", entry.requirement());
        Self { kind: operation.kind(), name: operation.name().to_owned(), requirement }
    }
}

impl ChangedOperation {
    pub(super) fn new(entry: &MatrixEntry, changes: Vec<Change>) -> Self {
        let operation = entry.operation();
        Self { kind: operation.kind(), name: operation.name().to_owned(), changes }
    }
}

impl Diff {
    fn is_empty(&self) -> bool {
        let Self { enforcement, baseline, hierarchy, added, removed, changed } = self;
        enforcement.is_none()
            && baseline.added.is_empty()
            && baseline.removed.is_empty()
            && hierarchy.added.is_empty()
            && hierarchy.removed.is_empty()
            && added.is_empty()
            && removed.is_empty()
            && changed.is_empty()
    }

    /// Returns the operations whose requirement changed because of this part of the matrix.
    fn affected(&self, by: Cause) -> usize {
        let is_affected =
            |change: &Change| matches!(change, Change::Requirement { because, .. } if because.contains(&by));
        self.changed.iter().filter(|operation| operation.changes.iter().any(is_affected)).count()
    }
}

impl Report for Diff {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { enforcement, baseline, hierarchy, added, removed, changed } = self;
        if let Some(effect) = enforcement {
            let text = if *effect == Effect::Stronger {
                "missing scopes are enforced"
            } else {
                "missing scopes are only recorded"
            };
            writeln!(out, "{HEADING}server    {HEADING:#} {text}, also those of the baseline")?;
        }
        let mark = |out: &mut dyn Write, heading: &str, sign: char, text: &str, by: Cause| {
            let affected = self.affected(by);
            writeln!(out, "{HEADING}{heading:<10}{HEADING:#} {sign} {text}  (affects {affected} operations)")
        };
        for (sign, scopes) in [('+', &baseline.added), ('-', &baseline.removed)] {
            for scope in scopes {
                mark(out, "baseline", sign, scope.as_str(), Cause::Baseline)?;
            }
        }
        for (sign, implications) in [('+', &hierarchy.added), ('-', &hierarchy.removed)] {
            for Implication { scope, implies } in implications {
                mark(out, "hierarchy", sign, &format!("{scope} implies {implies}"), Cause::Hierarchy)?;
            }
        }
        for (word, operations) in [("added", added), ("removed", removed)] {
            for ListedOperation { kind, name, requirement } in operations {
                writeln!(out, "{NOTICE}{word:<10}{NOTICE:#} {kind} {}: {requirement}", Shown(name))?;
            }
        }
        for ChangedOperation { kind, name, changes } in changed {
            for change in changes {
                let (style, word, text) = change.as_text();
                writeln!(out, "{style}{word:<10}{style:#} {kind} {}: {text}", Shown(name))?;
            }
        }
        if self.is_empty() {
            writeln!(out, "The matrices are equal.")?;
        }
        Ok(())
    }

    fn status(&self) -> Status {
        if self.is_empty() { Status::Nothing } else { Status::Found }
    }
}

impl Effect {
    const fn style(self) -> Style {
        match self {
            Self::Weaker | Self::Different => ALERT,
            Self::Stronger => CALM,
            Self::Equivalent => NOTICE,
        }
    }
}

impl Change {
    fn as_text(&self) -> (Style, &'static str, String) {
        let with = |effect: &Effect, text: String| (effect.style(), effect.as_str(), text);
        match self {
            Self::Requirement { effect, because, old, new } if old == new => {
                with(effect, format!("{new} ({})", causes(because)))
            }
            Self::Requirement { effect, because, old, new } => {
                with(effect, format!("{old} -> {new} ({})", causes(because)))
            }
            Self::Arguments { effect } if *effect == Effect::Stronger => {
                with(effect, "arguments add scopes".to_owned())
            }
            Self::Arguments { effect } => with(effect, "arguments no longer add scopes".to_owned()),
            Self::Enforcement { effect } if *effect == Effect::Stronger => with(effect, "enforced".to_owned()),
            Self::Enforcement { effect } => with(effect, "report-only".to_owned()),
            Self::Schema => (NOTICE, "changed", "schema".to_owned()),
            Self::Description => (NOTICE, "changed", "description".to_owned()),
            Self::Annotations => (NOTICE, "changed", "annotations".to_owned()),
        }
    }
}

fn causes(because: &[Cause]) -> String {
    let name = |cause: &Cause| match cause {
        Cause::Requirement => "requirement",
        Cause::Baseline => "baseline",
        Cause::Hierarchy => "hierarchy",
    };
    because.iter().map(name).collect::<Vec<_>>().join(", ")
}
