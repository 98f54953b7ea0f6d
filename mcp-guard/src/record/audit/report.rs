//! The result of a verification.

use std::fmt;

use serde::Serialize;

use crate::record::file::{ParsedLine, encode_mac};

/// The maximum number of problems, and of notes, in a report.
const MAX_FINDINGS: usize = 1_000;

/// The result of a verification. It contains no text of the log but times.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The number of records whose place in the chain was verified.
    pub records: u64,
    /// The number of the record before the first one: 0 if the chain starts here. A higher number means that older files
    /// were not read. `None` if no record was verified.
    pub after: Option<u64>,
    /// The last record that was verified.
    pub last: Option<RecordId>,
    /// The earliest time of a verified record, in RFC 3339 format.
    pub from: Option<String>,
    /// The latest time of a verified record.
    pub until: Option<String>,
    /// The end of the last file.
    pub end: End,
    /// The expected hashes that no verified record has: records at the end were removed or altered.
    pub hashes_not_found: Vec<String>,
    /// The places where the log is not as the server wrote it. At most 1,000 are listed.
    pub problems: Vec<Finding>,
    /// Places that an auditor should know, such as crashes. At most 1,000 are listed.
    pub notes: Vec<Finding>,
    /// The number of problems and notes that are not listed.
    pub omitted: u64,
}

/// The number and the hash of a record.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RecordId {
    /// The number, `seq`.
    pub seq: u64,
    /// The hash, `mac`.
    pub hash: String,
}

/// The end of a log.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum End {
    /// The server stopped and closed the log. A log that was cut to such a place also ends like this: only the hash of a
    /// later record shows that.
    Closed,
    /// The server is running, has crashed, or the end was removed. The hash of the last record decides.
    Open,
    /// The last line is incomplete: the server is writing it, crashed while it wrote it, or the end was removed.
    Torn,
    /// No record was read.
    Empty,
}

/// A place in a log.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The name of the file.
    pub file: String,
    /// The number of the line, from 1.
    pub line: u64,
    /// The finding.
    #[serde(flatten)]
    pub kind: FindingKind,
}

/// A kind of [`Finding`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// A problem: lines from here are not records.
    #[non_exhaustive]
    NotRecords {
        /// The number of lines.
        lines: u64,
        /// The number of bytes.
        bytes: u64,
    },
    /// A problem: the record was altered, or another one was inserted in its place.
    #[non_exhaustive]
    Altered {
        /// The number of the record.
        seq: u64,
    },
    /// A problem: records before this line are missing. The line itself cannot be verified, unless it is a start record.
    #[non_exhaustive]
    Missing {
        /// The first missing record.
        first: u64,
        /// The last missing record.
        last: u64,
    },
    /// A problem: the record was moved, repeated or inserted, or the files are in the wrong order.
    #[non_exhaustive]
    OutOfOrder {
        /// The number of the record.
        seq: u64,
        /// The number of the record that it should follow here.
        after: u64,
    },
    /// A problem: the first line does not start a file, so lines before it were removed.
    NoStart,
    /// A problem: the file was written with another key. Its other lines were not verified.
    OtherKey,
    /// A problem: the record has a newer format and cannot be verified.
    #[non_exhaustive]
    NewerVersion {
        /// The version.
        version: u64,
    },
    /// A problem: bytes that a crash left before this record were removed or altered.
    TornBytesChanged,
    /// A note: the server started again without having closed the log. The last records before may be lost.
    #[non_exhaustive]
    Crash {
        /// The length of the incomplete record that the crash left.
        torn_bytes: u64,
    },
    /// A note: the file ends with an incomplete record: the server is writing it, or crashed while it wrote it.
    #[non_exhaustive]
    TornEnd {
        /// The length of the incomplete record.
        bytes: u64,
    },
    /// A note: the server crashed, and the file before was moved away before the server started again. The last records
    /// of that file are authentic, but the chain does not continue from them: some may be missing. Their numbers are used
    /// again.
    #[non_exhaustive]
    CrashBeforeRotation {
        /// The first of these records.
        first: u64,
        /// The last of these records.
        last: u64,
    },
    /// A note: the server found that the end of the log had been changed. The missing records are a problem of their own.
    GapNoticed,
    /// A note: the server found no valid `.chain` file, so records before this one may have been removed.
    Unanchored,
}

impl Report {
    /// Reports whether the files are as the server wrote them, and contain the expected hashes.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.problems.is_empty() && self.hashes_not_found.is_empty()
    }

    pub(super) const fn empty() -> Self {
        Self {
            records: 0,
            after: None,
            last: None,
            from: None,
            until: None,
            end: End::Empty,
            hashes_not_found: Vec::new(),
            problems: Vec::new(),
            notes: Vec::new(),
            omitted: 0,
        }
    }

    /// Counts a verified record.
    pub(super) fn count(&mut self, line: &ParsedLine<'_>) {
        self.records += 1;
        self.last = Some(RecordId { seq: line.header.seq, hash: encode_mac(&line.mac) });
        let Some(time) = line.header.time else { return };
        // All times are in UTC and have the same length, so their order is that of their texts.
        if self.from.as_deref().is_none_or(|from| time < from) {
            self.from = Some(time.to_owned());
        }
        if self.until.as_deref().is_none_or(|until| time > until) {
            self.until = Some(time.to_owned());
        }
    }

    pub(super) fn add_problem(&mut self, finding: Finding) {
        add(&mut self.problems, &mut self.omitted, finding);
    }

    pub(super) fn add_note(&mut self, finding: Finding) {
        add(&mut self.notes, &mut self.omitted, finding);
    }
}

fn add(findings: &mut Vec<Finding>, omitted: &mut u64, finding: Finding) {
    if findings.len() < MAX_FINDINGS {
        findings.push(finding);
    } else {
        *omitted += 1;
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.kind)
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRecords { lines: 1, bytes } => write!(f, "the line is not a record ({bytes} bytes)"),
            Self::NotRecords { lines, bytes } => write!(f, "{lines} lines are not records ({bytes} bytes)"),
            Self::Altered { seq } => write!(f, "record {seq} was altered or inserted"),
            Self::Missing { first, last } if first == last => write!(f, "record {first} is missing before this line"),
            Self::Missing { first, last } => write!(f, "records {first} to {last} are missing before this line"),
            Self::OutOfOrder { seq, after } => {
                write!(f, "record {seq} is out of order after record {after}: moved, repeated or inserted")
            }
            Self::NoStart => f.write_str("the file does not start here: lines before were removed"),
            Self::OtherKey => f.write_str("the file was written with another audit key"),
            Self::NewerVersion { version } => {
                write!(f, "the record has version {version} and cannot be verified: use a newer mcp-guard")
            }
            Self::TornBytesChanged => f.write_str("the bytes that a crash left before this record were changed"),
            Self::Crash { torn_bytes: 0 } => {
                f.write_str("the server started again after a crash: the last records before may be lost")
            }
            Self::Crash { torn_bytes } => write!(
                f,
                "the server started again after a crash, which left {torn_bytes} bytes of an incomplete record: the last \
                 records before may be lost"
            ),
            Self::TornEnd { bytes } => write!(f, "the file ends with {bytes} bytes of an incomplete record"),
            Self::CrashBeforeRotation { first, last } => write!(
                f,
                "the server crashed before this file was started: records {first} to {last} of the file before are not \
                 part of the chain, and records after them may be lost"
            ),
            Self::GapNoticed => f.write_str("the server noticed that the end of the log had been changed"),
            Self::Unanchored => f.write_str(
                "the server found no valid .chain file: records before this line may have been removed unnoticed",
            ),
        }
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "closed by the server",
            Self::Open => "not closed: the server is running or has crashed, or the end was removed",
            Self::Torn => {
                "incomplete: the server is writing the last line, crashed while it wrote it, or the end was removed"
            }
            Self::Empty => "empty",
        })
    }
}
