//! All operations of a server and their requirements, to print, to compare and to decide with. A snapshot of it shows in
//! review which operation a change opens.

mod entry;
mod form;
mod lookup;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use entry::MatrixEntry;
pub use lookup::KnownRequirement;

use self::entry::Kind;
use self::form::Document;
use super::Entry;
use super::definition::Definition;
use crate::policy::{Enforcement, Hierarchy, Policy, Requirement};
use crate::scope::ScopeSet;

/// An operation of a server.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Operation<'a> {
    /// A call of the tool with this name.
    Tool(&'a str),
    /// The prompt with this name.
    Prompt(&'a str),
    /// The resource with this URI.
    Resource(&'a str),
    /// The resources of this URI template.
    Template(&'a str),
    /// An MCP method that the server implements itself.
    Method(&'a str),
}

/// All operations of a server and their requirements, with the baseline and the scope hierarchy.
///
/// Display prints one line per operation without the baseline, in a stable order. Pin it in a test:
///
/// ```
/// use mcp_guard::prelude::*;
///
/// struct Todos;
///
/// #[guarded_tools]
/// impl Todos {
///     /// List your todos.
///     #[guarded_tool(scope = "todo:read")]
///     fn list_todos(&self) {}
///
///     /// Delete all of them.
///     #[guarded_tool(scopes = ["todo:write", "todo:delete"])]
///     fn clear(&self) {}
/// }
///
/// assert_eq!(
///     Todos::scope_matrix().to_string(),
///     "tool  clear       todo:delete and todo:write
/// tool  list_todos  todo:read
/// "
/// );
/// ```
///
/// [`to_json`](Self::to_json) returns all of it as a file for `mcp-guard matrix diff` and `mcp-guard rehearse`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(into = "Document", try_from = "Document")]
pub struct ScopeMatrix {
    is_report_only: bool,
    baseline: ScopeSet,
    hierarchy: Hierarchy,
    /// Ordered by operation.
    entries: Vec<MatrixEntry>,
}

impl ScopeMatrix {
    /// The version of the JSON form. A reader rejects every other version: a member that it does not know could change
    /// decisions.
    pub const VERSION: u64 = 1;

    /// Creates the matrix of a server with this policy.
    pub(crate) fn new<'a>(operations: impl Iterator<Item = (Definition<'a>, &'a Entry)>, policy: &Policy) -> Self {
        let is_report_only = policy.enforcement() == Enforcement::ReportOnly;
        let mut entries: Vec<MatrixEntry> = operations
            .map(|(definition, entry)| MatrixEntry::new(definition, entry, is_report_only || entry.is_report_only()))
            .collect();
        entries.sort_by(|one, other| one.operation().cmp(&other.operation()));
        Self { is_report_only, baseline: policy.baseline().clone(), hierarchy: policy.hierarchy().clone(), entries }
    }

    /// Returns all operations and their requirements: tools, prompts, resources, templates and methods, each ordered by
    /// name.
    pub fn iter(&self) -> impl Iterator<Item = (Operation<'_>, &Requirement)> {
        self.entries.iter().map(|entry| (entry.operation(), entry.requirement()))
    }

    /// Returns all operations, in the same order as [`iter`](Self::iter).
    #[must_use]
    pub fn entries(&self) -> &[MatrixEntry] {
        &self.entries
    }

    /// Returns an operation.
    #[must_use]
    pub fn get(&self, operation: Operation<'_>) -> Option<&MatrixEntry> {
        let at = self.entries.binary_search_by(|entry| entry.operation().cmp(&operation)).ok()?;
        self.entries.get(at)
    }

    /// Returns the scopes that every guarded request requires. Empty if the matrix is that of a type
    /// ([`GuardedServer::scope_matrix`](crate::GuardedServer::scope_matrix)): the baseline belongs to the server.
    #[must_use]
    pub const fn baseline(&self) -> &ScopeSet {
        &self.baseline
    }

    /// Returns whether the server enforces no missing scope, not even those of the baseline
    /// ([`Enforcement::ReportOnly`]).
    #[must_use]
    pub const fn is_report_only(&self) -> bool {
        self.is_report_only
    }

    /// Returns which scopes imply others.
    #[must_use]
    pub const fn hierarchy(&self) -> &Hierarchy {
        &self.hierarchy
    }

    /// Returns a policy that decides like the server. A server has public operations only if it accepts anonymous callers.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let allow_anonymous = self.iter().any(|(_, requirement)| matches!(requirement, Requirement::Public));
        Policy::new(self.baseline.clone(), self.hierarchy.clone(), allow_anonymous)
    }

    /// Returns the matrix as JSON with digests of all definitions. Equal matrices are equal texts.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("every key is a text");
        text.push('\n');
        text
    }
}

impl<'a> Operation<'a> {
    const fn new(kind: Kind, name: &'a str) -> Self {
        match kind {
            Kind::Tool => Self::Tool(name),
            Kind::Prompt => Self::Prompt(name),
            Kind::Resource => Self::Resource(name),
            Kind::Template => Self::Template(name),
            Kind::Method => Self::Method(name),
        }
    }

    /// Returns the kind of the operation, such as `tool`.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Tool(_) => "tool",
            Self::Prompt(_) => "prompt",
            Self::Resource(_) => "resource",
            Self::Template(_) => "template",
            Self::Method(_) => "method",
        }
    }

    /// Returns the name of the operation.
    #[must_use]
    pub const fn name(self) -> &'a str {
        match self {
            Self::Tool(name)
            | Self::Prompt(name)
            | Self::Resource(name)
            | Self::Template(name)
            | Self::Method(name) => name,
        }
    }
}

impl fmt::Display for Operation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} {:?}", self.kind(), self.name())
    }
}

impl fmt::Display for ScopeMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: fn(Operation<'_>) -> usize| self.iter().map(|(operation, _)| text(operation)).max();
        let kinds = width(|operation| operation.kind().len()).unwrap_or(0);
        let names = width(|operation| operation.name().chars().count()).unwrap_or(0);
        for entry in &self.entries {
            let (operation, requirement) = (entry.operation(), entry.requirement());
            let more = if entry.depends_on_arguments() { ", more by its arguments" } else { "" };
            let report = if entry.is_report_only() { ", report-only" } else { "" };
            let kind = operation.kind();
            writeln!(f, "{kind:kinds$}  {:names$}  {requirement}{more}{report}", operation.name())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
