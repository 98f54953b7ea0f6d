//! A todo server whose tools are guarded by scopes.
//!
//! [`scopes`] declares the scopes, [`tools`] the tools with their requirements. [`store`] stores the todos. [`dev`]
//! starts a development authorization server if no issuer is configured.

pub mod dev;
pub mod scopes;
pub mod store;
pub mod tools;
#[cfg(feature = "otel")]
pub mod traces;

pub use scopes::TodoScope;
pub use store::Store;
pub use tools::Todos;
