//! Counts of outcomes, by name.

use std::collections::BTreeMap;
use std::{fmt, io};

use serde::{Deserialize, Serialize};

/// Counts of outcomes, such as statuses and the ways in which connections end.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub(crate) struct Tally(BTreeMap<String, usize>);

impl Tally {
    pub(crate) fn add(&mut self, outcome: impl Into<String>) {
        *self.0.entry(outcome.into()).or_default() += 1;
    }

    pub(crate) fn add_many(&mut self, outcome: &str, count: u64) {
        if count > 0 {
            *self.0.entry(outcome.to_owned()).or_default() += usize::try_from(count).unwrap_or(usize::MAX);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (outcome, count) in &other.0 {
            *self.0.entry(outcome.clone()).or_default() += count;
        }
    }

    pub(crate) fn count(&self, outcome: &str) -> usize {
        self.0.get(outcome).copied().unwrap_or(0)
    }

    pub(crate) fn total(&self) -> usize {
        self.0.values().sum()
    }

    /// Returns the count of all other outcomes.
    pub(crate) fn except(&self, outcome: &str) -> usize {
        self.total() - self.count(outcome)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        let counts: Vec<String> = self.0.iter().map(|(outcome, count)| format!("{outcome} x{count}")).collect();
        f.write_str(&counts.join(", "))
    }
}

/// Returns a name for a connection error.
pub(crate) fn name_error(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused",
        io::ErrorKind::TimedOut => "timeout",
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::UnexpectedEof => "closed",
        io::ErrorKind::InvalidData => "not HTTP",
        _ => "connection failed",
    }
}
