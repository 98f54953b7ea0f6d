//! Error types.

pub use crate::config::BuildError;
pub use crate::guarded::TokenRejection;
pub use crate::scope::InvalidScope;
pub use crate::server::EnvError;
pub use crate::server::ServeError;
pub use crate::token::InsufficientScope;
pub use crate::token::InvalidToken;
pub use crate::token::TokenError;
