//! The error about the value of one setting.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use super::{BuildError, Setting};

/// A missing or invalid setting. Its text names the setting and the expected value, and never contains a secret.
#[derive(Clone, Eq, PartialEq)]
pub struct ConfigError {
    setting: Setting,
    kind: ConfigErrorKind,
    from_environment: bool,
}

/// The reason of a [`ConfigError`].
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ConfigErrorKind {
    /// The setting is required and not set.
    #[non_exhaustive]
    Missing {
        /// The expected value.
        expected: Cow<'static, str>,
    },
    /// The setting has an invalid value.
    #[non_exhaustive]
    Invalid {
        /// The value, unless it may contain a secret.
        value: Option<String>,
        /// The expected value.
        expected: Cow<'static, str>,
    },
    /// The setting contradicts another setting.
    #[non_exhaustive]
    Conflict {
        /// The contradiction, and how to resolve it.
        reason: String,
    },
    /// The setting leads to an unusable authorization server or file.
    #[non_exhaustive]
    Unusable {
        /// The reason.
        reason: String,
    },
}

impl ConfigError {
    pub(crate) const fn new(setting: Setting, kind: ConfigErrorKind) -> Self {
        Self { setting, kind, from_environment: false }
    }

    pub(crate) fn missing(setting: Setting, expected: impl Into<Cow<'static, str>>) -> Self {
        Self::new(setting, ConfigErrorKind::Missing { expected: expected.into() })
    }

    /// Returns an error that contains the invalid value.
    pub(crate) fn invalid(setting: Setting, value: impl Into<String>, expected: impl Into<Cow<'static, str>>) -> Self {
        Self::new(setting, ConfigErrorKind::Invalid { value: Some(value.into()), expected: expected.into() })
    }

    /// Returns an error without the invalid value, which may contain a secret.
    pub(crate) fn hidden(setting: Setting, expected: impl Into<Cow<'static, str>>) -> Self {
        Self::new(setting, ConfigErrorKind::Invalid { value: None, expected: expected.into() })
    }

    pub(crate) fn conflict(setting: Setting, reason: impl Into<String>) -> Self {
        Self::new(setting, ConfigErrorKind::Conflict { reason: reason.into() })
    }

    pub(crate) fn unusable(setting: Setting, reason: &dyn fmt::Display) -> Self {
        Self::new(setting, ConfigErrorKind::Unusable { reason: reason.to_string() })
    }

    /// Returns the setting.
    #[must_use]
    pub const fn setting(&self) -> Setting {
        self.setting
    }

    /// Returns the reason.
    #[must_use]
    pub const fn kind(&self) -> &ConfigErrorKind {
        &self.kind
    }

    /// Makes the text name the environment variable instead of the method.
    pub(crate) const fn named_by_environment(mut self) -> Self {
        self.from_environment = true;
        self
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.from_environment { format!("{:#}", self.setting) } else { self.setting.to_string() };
        match &self.kind {
            ConfigErrorKind::Missing { expected } => write!(f, "{name} is not set: expected {expected}"),
            ConfigErrorKind::Invalid { value: Some(value), expected } => {
                write!(f, "invalid {name} {value:?}: expected {expected}")
            }
            ConfigErrorKind::Invalid { value: None, expected } => write!(f, "invalid {name}: expected {expected}"),
            ConfigErrorKind::Conflict { reason } | ConfigErrorKind::Unusable { reason } => {
                write!(f, "{name}: {reason}")
            }
        }
    }
}

impl Error for ConfigError {}

debug_as_display!(ConfigError);

/// All mistakes of a configuration, so that one error reports every mistake.
#[derive(Debug, Default)]
#[must_use]
pub(crate) struct Mistakes(Vec<ConfigError>);

impl Mistakes {
    pub(crate) fn push(&mut self, error: ConfigError) {
        self.0.push(error);
    }

    /// Adds `error` unless the setting `is_valid`.
    pub(crate) fn check(&mut self, is_valid: bool, error: impl FnOnce() -> ConfigError) {
        if !is_valid {
            self.push(error());
        }
    }

    pub(crate) fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Returns the value, or adds the mistakes.
    pub(crate) fn take<T>(&mut self, result: Result<T, impl Into<Self>>) -> Option<T> {
        result.map_err(|mistakes| self.append(mistakes.into())).ok()
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the mistakes as an error, if there are any.
    pub(crate) fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }

    /// Makes the texts name environment variables for settings that `is_from_environment` selects.
    pub(crate) fn named(self, is_from_environment: impl Fn(Setting) -> bool) -> Self {
        let named = |error: ConfigError| {
            if is_from_environment(error.setting) { error.named_by_environment() } else { error }
        };
        Self(self.0.into_iter().map(named).collect())
    }
}

impl From<ConfigError> for Mistakes {
    fn from(error: ConfigError) -> Self {
        Self(vec![error])
    }
}

impl From<Mistakes> for BuildError {
    fn from(Mistakes(errors): Mistakes) -> Self {
        Self::all(errors.into_iter().map(Self::Config))
    }
}
