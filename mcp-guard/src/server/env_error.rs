//! What is wrong with the environment.

use crate::config::{ConfigError, Setting};

/// A variable of the environment that cannot be used. The values of secrets are never shown.
#[derive(Clone, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvError {
    /// A variable is missing, or its value cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A variable begins with `MCP_GUARD_` and does not exist.
    #[error("unknown variable {name}: expected one of {}", known())]
    Unknown {
        /// The variable.
        name: String,
    },
    /// There are several mistakes.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<Self>),
}

debug_as_display!(EnvError);

impl EnvError {
    /// Fails with all of these mistakes, if there are any.
    pub(super) fn all(errors: Vec<Self>) -> Result<(), Self> {
        let flat = |error| if let Self::Several(errors) = error { errors } else { vec![error] };
        let mut errors: Vec<Self> = errors.into_iter().flat_map(flat).collect();
        match errors.pop() {
            None => Ok(()),
            Some(only) if errors.is_empty() => Err(only),
            last => Err(Self::Several(errors.into_iter().chain(last).collect())),
        }
    }
}

fn known() -> String {
    Setting::in_environment().map(|(_, variable)| variable).collect::<Vec<_>>().join(", ")
}
