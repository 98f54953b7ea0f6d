//! A printable table of all operations and their requirements. A snapshot of it shows in review which operation a
//! change opens.

use std::fmt;

use super::Entry;
use crate::policy::Requirement;

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

/// All operations of a server and their requirements, without the baseline.
///
/// Prints one line per operation, in a stable order. Pin it in a test:
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
#[derive(Clone, Debug)]
pub struct ScopeMatrix<'a> {
    rows: Vec<Row<'a>>,
}

#[derive(Clone, Debug)]
struct Row<'a> {
    operation: Operation<'a>,
    requirement: &'a Requirement,
    depends_on_arguments: bool,
}

impl<'a> ScopeMatrix<'a> {
    pub(crate) fn new(entries: impl Iterator<Item = (Operation<'a>, &'a Entry)>) -> Self {
        let mut rows: Vec<Row<'a>> = entries
            .map(|(operation, entry)| Row {
                operation,
                requirement: entry.requirement(),
                depends_on_arguments: entry.depends_on_arguments(),
            })
            .collect();
        rows.sort_by_key(|row| row.operation);
        Self { rows }
    }

    /// Returns all operations and their requirements: tools, prompts, resources, templates and methods, each ordered by
    /// name.
    pub fn iter(&self) -> impl Iterator<Item = (Operation<'a>, &'a Requirement)> {
        self.rows.iter().map(|row| (row.operation, row.requirement))
    }
}

impl<'a> Operation<'a> {
    const fn kind(self) -> &'static str {
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

impl fmt::Display for ScopeMatrix<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width =
            |text: fn(Operation<'_>) -> usize| self.rows.iter().map(|row| text(row.operation)).max().unwrap_or(0);
        let kinds = width(|operation| operation.kind().len());
        let names = width(|operation| operation.name().chars().count());
        for Row { operation, requirement, depends_on_arguments } in &self.rows {
            let more = if *depends_on_arguments { ", more by its arguments" } else { "" };
            writeln!(f, "{:kinds$}  {:names$}  {requirement}{more}", operation.kind(), operation.name())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
