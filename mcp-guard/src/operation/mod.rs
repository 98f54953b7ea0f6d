//! The table of all operations of a server. The gate, the inner lock, the lists and the scope matrix use it.

mod entry;
mod matrix;
mod method;
mod needs;
mod operations;
mod problem;

pub use entry::ScopesFor;
pub use matrix::Operation;
pub use matrix::ScopeMatrix;

pub(crate) use entry::Entry;
pub(crate) use method::Access;
pub(crate) use method::Method;
pub(crate) use method::Subject;
pub(crate) use needs::Needs;
pub(crate) use operations::Arguments;
pub(crate) use operations::EntryWithArguments;
pub(crate) use operations::Operations;
pub(crate) use operations::completion_subject;
pub(crate) use problem::INVALID_SCHEMA;
pub(crate) use problem::Problem;
