//! The errors of a configuration by environment variables.

use super::{ConfigError, Setting};

/// An error in the `MCP_GUARD_*` environment variables. Its text never contains a secret.
#[derive(Clone, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvError {
    /// A variable is missing, or its value is invalid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The name of a variable begins with `MCP_GUARD_` and is unknown.
    #[error("unknown variable {name}: expected one of {}", known())]
    Unknown {
        /// The name of the variable.
        name: String,
    },
    /// Several errors, one line for each.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<Self>),
}

debug_as_display!(EnvError);

impl EnvError {
    /// Returns all of these errors as one, or `Ok` if there are none.
    pub(crate) fn all(errors: Vec<Self>) -> Result<(), Self> {
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
