//! Error types.

pub use crate::config::{BuildError, ConfigError, ConfigErrorKind, EnvError, Setting};
pub use crate::guarded::TokenRejection;
pub use crate::scope::InvalidScope;
pub use crate::server::ServeError;
pub use crate::token::{InsufficientScope, InvalidToken, TokenError};
pub use crate::wire::ChallengeError;
