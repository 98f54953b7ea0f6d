//! A todo server whose tools are guarded by scopes.
//!
//! [`scopes`] declares the scopes, [`tools`] the tools and what each requires, [`store`] keeps the todos, [`dev`] stands in for an authorization server where none is
//! configured.

pub mod dev;
pub mod scopes;
pub mod store;
pub mod tools;

pub use scopes::TodoScope;
pub use store::Store;
pub use tools::Todos;
