//! The reason why a command cannot report anything.

use std::fmt;
use std::path::Path;

use anstyle::{AnsiColor, Style};

use crate::output::Shown;

/// The reason why a command cannot report anything, in one line.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    /// Creates a failure from a message. The message is escaped when it is printed.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Creates the failure for a file that cannot be read.
    pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self(format!("cannot read {path:?}: {error}"))
    }

    /// Prints the failure to standard error.
    pub(crate) fn print(&self) {
        const ERROR: Style = AnsiColor::Red.on_default().bold();
        anstream::eprintln!("{ERROR}error:{ERROR:#} {self}");
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Shown(&self.0).fmt(f)
    }
}
