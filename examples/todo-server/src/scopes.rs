//! What a caller may be allowed to do.

use mcp_guard::prelude::*;

/// What a caller may be allowed to do.
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
