//! A todo server whose tools are guarded by scopes.
//!
//! [`tools`] declares the tools and what each requires, [`store`] keeps the todos, [`dev`] stands in for an authorization server where none is
//! configured.

pub mod dev;
pub mod store;
pub mod tools;

pub use store::Store;
pub use tools::Todos;
