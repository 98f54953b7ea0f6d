//! What guards every operation of a server: the one table that the gate, the inner lock, the lists and the scope matrix ask.

mod entry;
mod matrix;
mod needs;
mod operations;
mod problem;

pub use entry::ScopesFor;
pub use matrix::Operation;
pub use matrix::ScopeMatrix;

pub(crate) use entry::Entry;
pub(crate) use needs::Needs;
pub(crate) use operations::Arguments;
pub(crate) use operations::Judged;
pub(crate) use operations::Operations;
pub(crate) use operations::referred;
pub(crate) use problem::INVALID_SCHEMA;
pub(crate) use problem::Problem;
