//! Rules: checks the parsed attributes, and reports every combination without a meaning.

mod description;
mod handler_impl;
mod hints;
mod implications;
mod keys;
mod limits;
mod names;
mod operation;
mod requirement;
mod return_type;
mod scope;
mod scope_literals;
mod scopes_for;
mod server;
mod signature;
mod types;
mod uri;
mod vocabulary;

pub(crate) use handler_impl::{HandlerImpl, LockedMethod, handler_impl, is_handler, is_unknown};
pub(crate) use hints::Hints;
pub(crate) use limits::{Limits, Rate};
pub(crate) use operation::{Operation, free_function, report_misplaced, report_second_guard};
pub(crate) use requirement::Requirement;
pub(crate) use return_type::Output;
pub(crate) use scope_literals::{Literal, Literals, literals};
pub(crate) use scopes_for::{ScopesFor, ScopesForInput};
pub(crate) use server::{Server, krate, own_handler, server};
pub(crate) use signature::{Extraction, Parameter, Placement, ServerAccess};
pub(crate) use vocabulary::{Vocabulary, vocabulary, vocabulary_krate};
