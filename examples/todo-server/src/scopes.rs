//! The scopes of the todo server.

use mcp_guard::prelude::*;

/// The permissions that a caller can be granted.
#[derive(Clone, Copy, Debug, Scopes)]
#[non_exhaustive]
pub enum TodoScope {
    /// See your todos.
    #[scope("todo:read")]
    Read,
    /// Create and change your todos.
    #[scope("todo:write", implies(Read))]
    Write,
    /// Delete your todos.
    #[scope("todo:delete")]
    Delete,
    /// Show your todos to everyone.
    #[scope("todo:share")]
    Share,
}
