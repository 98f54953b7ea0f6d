//! Scopes, sets of scopes, which scope implies another, and the vocabulary of a server.

mod hierarchy;
mod scope_set;
mod scope_token;
mod spelling;
mod vocabulary;

pub use hierarchy::Hierarchy;
pub use scope_set::ScopeSet;
pub use scope_token::InvalidScope;
pub use scope_token::Scope;
pub use vocabulary::KnownScopes;
pub use vocabulary::Scopes;
pub use vocabulary::Vocabulary;

pub(crate) use spelling::ScopeSpelling;
pub(crate) use spelling::is_of_no_server;
