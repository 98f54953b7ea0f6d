//! The definitions of operations, for documentation.

use rmcp::model::{Prompt, Resource, ResourceTemplate, Tool};

/// The definition of an operation, as lists show it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Definition<'a> {
    Tool(&'a Tool),
    Prompt(&'a Prompt),
    Resource(&'a Resource),
    Template(&'a ResourceTemplate),
    /// A method that the server implements itself.
    Method(&'a str),
}
