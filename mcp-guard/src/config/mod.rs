//! The names of settings, and the errors about their values.

mod build_error;
mod config_error;
mod env_error;
mod setting;

pub use build_error::BuildError;
pub use config_error::{ConfigError, ConfigErrorKind};
pub use env_error::EnvError;
pub use setting::Setting;

pub(crate) use config_error::Mistakes;
