//! Scopes, sets of scopes, the scope hierarchy and the vocabulary of a server.

mod hierarchy;
mod missing_scopes;
mod scope_set;
mod scope_token;
mod spelling;
mod vocabulary;

pub use hierarchy::Hierarchy;
pub use scope_set::ScopeSet;
pub use scope_token::{InvalidScope, Scope};
pub use vocabulary::{KnownScopes, Scopes, Vocabulary};

pub(crate) use missing_scopes::MissingScopes;
pub(crate) use spelling::{ScopeSpelling, is_standard};
