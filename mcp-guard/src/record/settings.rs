//! The settings of decision records.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::{AuditKey, DecisionSink};
use crate::config::{ConfigError, Mistakes, Setting};

/// The maximum capacity of a queue.
const MAX_CAPACITY: usize = 16 * 1024 * 1024;

/// The settings of the records of authorization decisions.
///
/// Without a sink, the server makes no records.
///
/// ```
/// use mcp_guard::record::{Decisions, TracingSink, WhenFull};
/// use mcp_guard::settings::Observation;
///
/// let decisions = Decisions::new().sink(TracingSink::new()).when_full(WhenFull::Drop);
/// let observation = Observation::new().decisions(decisions);
/// ```
#[must_use]
pub struct Decisions {
    pub(super) sinks: Vec<Box<dyn DecisionSink>>,
    pub(super) when_full: WhenFull,
    pub(super) capacity: usize,
    pub(super) subjects: SubjectForm,
    pub(super) log: Option<PathBuf>,
    pub(super) key: Option<AuditKey>,
}

/// What happens to a request with a valid token when the queue of a sink is full.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum WhenFull {
    /// The request is refused with `503`, so that no call runs without a record.
    #[default]
    Refuse,
    /// The request waits until there is room.
    Wait,
    /// The request goes on without a record. The number of lost records is a record itself.
    Drop,
}

/// The form of subjects in records.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum SubjectForm {
    /// The subject of the token.
    #[default]
    Plain,
    /// A keyed digest. The records of one subject have the same digest.
    Digest,
    /// No subject.
    Absent,
}

impl Decisions {
    /// Returns the defaults: no sinks.
    pub const fn new() -> Self {
        Self {
            sinks: Vec::new(),
            when_full: WhenFull::Refuse,
            capacity: 8_192,
            subjects: SubjectForm::Plain,
            log: None,
            key: None,
        }
    }

    /// Adds a sink. Each sink receives every record.
    pub fn sink(mut self, sink: impl DecisionSink) -> Self {
        self.sinks.push(Box::new(sink));
        self
    }

    /// Adds a sink that writes to a file, with a keyed chain ([`JsonLines`](super::JsonLines)). The server opens the file
    /// when it is built. The key is that of [`audit_key`](Self::audit_key), or that next to the log
    /// ([`AuditKey::next_to`]).
    pub fn log_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.log = Some(path.into());
        self
    }

    /// Sets the key of the digests in records, and of the chain in the [log file](Self::log_file). Default: the key next
    /// to the log file. Without a log file, a random key: digests then differ after a restart.
    pub fn audit_key(mut self, key: AuditKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Sets what happens to a request with a valid token when the queue of a sink is full. Default: it is refused.
    ///
    /// Refused requests without a valid token never wait and never use the queue: they are counted. Permitted requests
    /// of anonymous callers use at most half of the queue, and are then counted as lost.
    pub const fn when_full(mut self, when_full: WhenFull) -> Self {
        self.when_full = when_full;
        self
    }

    /// Sets the number of records in the queue of each sink. Default: 8,192. At least 2.
    pub const fn capacity(mut self, records: usize) -> Self {
        self.capacity = records;
        self
    }

    /// Returns whether records are written.
    pub(crate) fn has_sinks(&self) -> bool {
        !self.sinks.is_empty() || self.log.is_some()
    }

    /// Checks the settings.
    pub(crate) fn check(&self, mistakes: &mut Mistakes) {
        // Anonymous callers use at most half of the places.
        mistakes.check(self.capacity >= 2 && self.capacity <= MAX_CAPACITY, || {
            let expected = "a number of records from 2 to 16777216, 8192 by default";
            ConfigError::invalid(Setting::DecisionCapacity, self.capacity.to_string(), expected)
        });
    }

    /// Sets the form of subjects. Default: as in the token.
    pub const fn subjects(mut self, form: SubjectForm) -> Self {
        self.subjects = form;
        self
    }
}

impl Default for Decisions {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Decisions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decisions")
            .field("sinks", &self.sinks.len())
            .field("log", &self.log)
            .field("when_full", &self.when_full)
            .field("capacity", &self.capacity)
            .field("subjects", &self.subjects)
            .finish()
    }
}

impl FromStr for WhenFull {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "refuse" => Ok(Self::Refuse),
            "wait" => Ok(Self::Wait),
            "drop" => Ok(Self::Drop),
            _ => Err(()),
        }
    }
}
