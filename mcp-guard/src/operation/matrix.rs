//! Which operation requires what, for people: a snapshot of it shows in review which operation a change opens.

use std::fmt;

use super::Entry;
use crate::policy::Requirement;

/// Something that a client can ask for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Operation<'a> {
    /// Calling the tool of this name.
    Tool(&'a str),
    /// Getting the prompt of this name.
    Prompt(&'a str),
    /// Reading the resource of this URI.
    Resource(&'a str),
    /// Reading a resource that this URI template describes.
    Template(&'a str),
    /// A method of MCP that the server's author implements by hand.
    Method(&'a str),
}

/// Every operation of a server and what it requires, besides the baseline.
///
/// It prints as a table with one line for each operation, always in the same order. Pin it in a test:
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

    /// Every operation and its requirement: tools, prompts, resources, templates and methods, each ordered by name.
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

    /// What the operation is called.
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
mod tests {
    use super::*;
    use crate::scope::Scope;
    use crate::scope::ScopeSet;

    #[test]
    fn a_matrix_is_a_table() {
        let scope = Scope::from_static;
        let by_arguments = crate::operation::ScopesFor::new(|_| Ok(ScopeSet::new()));
        let entries = [
            (Operation::Method("completion/complete"), Entry::new(Requirement::Authenticated, None)),
            (Operation::Template("todo://{id}"), Entry::new(Requirement::scope(scope("a")), Some(by_arguments))),
            (Operation::Tool("zap"), Entry::new(Requirement::any(scope("b"), [scope("a")]), None)),
            (Operation::Tool("add"), Entry::new(Requirement::all([scope("b"), scope("a")]), None)),
            (Operation::Prompt("hi"), Entry::new(Requirement::Public, None)),
        ];
        let matrix = ScopeMatrix::new(entries.iter().map(|(operation, entry)| (*operation, entry)));
        assert_eq!(
            matrix.to_string(),
            "tool      add                  a and b
tool      zap                  b or a
prompt    hi                   public
template  todo://{id}          a, more by its arguments
method    completion/complete  authenticated
"
        );
        assert_eq!(matrix.iter().count(), 5);
    }
}
