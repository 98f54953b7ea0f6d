//! The table of all operations of a server. The gate, the inner lock, the lists and the scope matrix use it.

mod definition;
mod entry;
mod matrix;
mod method;
mod needs;
mod operations;
mod problem;

pub use entry::ScopesFor;
pub use matrix::{KnownRequirement, MatrixEntry, Operation, ScopeMatrix};

pub(crate) use definition::Definition;
pub(crate) use entry::Entry;
pub(crate) use method::{Access, Method, Subject};
pub(crate) use needs::Needs;
pub(crate) use operations::{Arguments, EntryWithArguments, Operations, completion_subject};
pub(crate) use problem::{INVALID_SCHEMA, Problem};
