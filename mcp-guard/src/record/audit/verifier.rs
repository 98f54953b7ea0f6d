//! Verifies lines one after the other.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use super::lines::{Line, Region, next_line};
use super::{End, Finding, FindingKind, RecordId, Report};
use crate::record::AuditKey;
use crate::record::file::{CLOSED, Link, NotParsed, ParsedLine, StartKind, decode_mac, encode_mac, parse};

/// The maximum number of problems, and of notes, in a report.
const MAX_FINDINGS: usize = 1_000;
/// The number of records that the server may have written after the last durable one: those of a second, and more.
const MAX_UNSYNCED: usize = 1 << 16;

/// Verifies the files of one log.
pub struct Verifier<'k> {
    key: &'k AuditKey,
    report: Report,
    expected: Vec<[u8; 32]>,
    file: String,
    line: u64,
    /// The file had no record yet.
    is_start: bool,
    /// The record that the next one must follow.
    last: Option<Link>,
    /// The verified records before it, of which one is the last durable one if the server crashed.
    recent: VecDeque<Link>,
    /// The last record of a part that is out of order. Its lines follow each other, so only its first is a problem.
    stray: Option<Link>,
    /// The lines before this one that are not records.
    torn: Torn,
    /// The bytes since the last verified record. A start record can declare them.
    unverified: Region,
}

/// Consecutive lines that are not records.
#[derive(Default)]
struct Torn {
    first_line: u64,
    lines: u64,
    bytes: u64,
    is_unterminated: bool,
}

impl<'k> Verifier<'k> {
    /// Creates a verifier with the key of the log.
    #[must_use]
    pub fn new(key: &'k AuditKey) -> Self {
        let report = Report {
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
        };
        Self {
            key,
            report,
            expected: Vec::new(),
            file: String::new(),
            line: 0,
            is_start: true,
            last: None,
            recent: VecDeque::new(),
            stray: None,
            torn: Torn::default(),
            unverified: Region::default(),
        }
    }

    /// Requires that the log contains the record with this hash, such as the last one of an earlier report. Call it
    /// before [`read`](Self::read).
    ///
    /// # Errors
    ///
    /// The text is not the hash of a record.
    pub fn expect(&mut self, hash: &str) -> io::Result<()> {
        let invalid = || {
            let expected = "invalid hash: expected the `mac` of a record, 43 characters of base64url";
            io::Error::new(io::ErrorKind::InvalidInput, expected)
        };
        self.expected.push(decode_mac(hash).ok_or_else(invalid)?);
        Ok(())
    }

    /// Verifies the next file. Findings refer to it by this name.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn read(&mut self, file: impl Into<String>, mut reader: impl BufRead) -> io::Result<()> {
        self.end_file();
        self.unverified = Region::default();
        self.file = file.into();
        self.line = 0;
        self.is_start = true;
        let mut buffer = Vec::with_capacity(4096);
        while let Some(line) = next_line(&mut reader, &mut buffer, &mut self.unverified)? {
            self.line += 1;
            let bytes = match line {
                Line::Whole(bytes) => bytes,
                Line::TooLong { bytes, is_unterminated } => {
                    self.add_torn(bytes, is_unterminated);
                    continue;
                }
            };
            let content = bytes.strip_suffix(b"\n").unwrap_or(bytes);
            match parse(content) {
                Ok(line) if self.is_of_other_key(&line) => {
                    self.problem(FindingKind::OtherKey);
                    self.report.end = End::Open;
                    return Ok(());
                }
                Ok(line) => {
                    if self.verify(&line) {
                        self.unverified = Region::default();
                    } else {
                        self.unverified.add(bytes);
                    }
                }
                Err(NotParsed::Newer(version)) => {
                    self.report_torn();
                    self.unverified.add(bytes);
                    self.problem(FindingKind::NewerVersion { version });
                    self.report.end = End::Open;
                }
                Err(NotParsed::NotARecord) => {
                    self.unverified.add(bytes);
                    self.add_torn(bytes.len() as u64, content.len() == bytes.len());
                }
            }
        }
        Ok(())
    }

    /// Returns the report.
    #[must_use]
    pub fn finish(mut self) -> Report {
        if self.end_file() {
            self.report.end = End::Torn;
        }
        self.report.hashes_not_found = self.expected.iter().map(encode_mac).collect();
        self.report
    }

    /// Verifies a record in its place. Reports whether it is authentic.
    fn verify(&mut self, line: &ParsedLine<'_>) -> bool {
        let start = line.header.event.and_then(StartKind::of_event);
        let is_start = std::mem::take(&mut self.is_start);
        if is_start && !start.is_some_and(StartKind::starts_a_file) {
            self.problem(FindingKind::NoStart);
        }
        let is_authentic = match (start, line.after()) {
            (Some(kind), Ok(after)) if self.key.is_next(after.as_ref(), line.covered, &line.mac) => {
                self.verify_torn(line, kind);
                self.note_start(line, kind);
                self.follow_start(line, after, is_start);
                true
            }
            (None, _) => {
                self.report_torn();
                self.follow(line)
            }
            (Some(_), _) => {
                self.report_torn();
                self.problem(FindingKind::Altered { seq: line.header.seq });
                self.last = Some(line.link());
                false
            }
        };
        let is_closed = is_authentic && line.header.event == Some(CLOSED);
        self.report.end = if is_closed { End::Closed } else { End::Open };
        if is_authentic {
            self.count(line);
        }
        is_authentic
    }

    /// Verifies that a record follows the one before. Reports whether it is authentic.
    fn follow(&mut self, line: &ParsedLine<'_>) -> bool {
        let Some(last) = self.last else {
            // The line before, which is missing, would verify it. `NoStart` or a line that is not a record is reported.
            self.last = Some(line.link());
            return false;
        };
        let follows = |before: &Link| self.key.is_next(Some(before), line.covered, &line.mac);
        if follows(&last) {
            self.last = Some(line.link());
            self.stray = None;
            return true;
        }
        if self.stray.as_ref().is_some_and(follows) {
            self.set_stray(line.link());
            return true;
        }
        let seq = line.header.seq;
        match seq.checked_sub(last.seq) {
            None | Some(0) => {
                self.problem(FindingKind::OutOfOrder { seq, after: last.seq });
                self.set_stray(line.link());
                return false;
            }
            Some(1) => self.problem(FindingKind::Altered { seq }),
            Some(_) => self.problem(FindingKind::Missing { first: last.seq + 1, last: seq - 1 }),
        }
        self.last = Some(line.link());
        false
    }

    /// Verifies that an authentic start record is in its place.
    fn follow_start(&mut self, line: &ParsedLine<'_>, after: Option<Link>, is_start: bool) {
        let after_seq = after.map_or(0, |after| after.seq);
        let Some(last) = self.last else {
            self.report.after.get_or_insert(after_seq);
            self.last = Some(line.link());
            return;
        };
        if after == Some(last) {
            self.stray = None;
        } else if after_seq > last.seq {
            self.problem(FindingKind::Missing { first: last.seq + 1, last: after_seq });
        } else if after.is_some() && after == self.stray {
            return self.set_stray(line.link());
        } else if is_start && after.is_some_and(|after| self.recent.contains(&after)) {
            self.note(FindingKind::CrashBeforeRotation { first: after_seq + 1, last: last.seq });
        } else {
            self.problem(FindingKind::OutOfOrder { seq: line.header.seq, after: last.seq });
            return self.set_stray(line.link());
        }
        self.last = Some(line.link());
    }

    /// Continues a part that is out of order. A part that goes further than the rest is the end of the log.
    fn set_stray(&mut self, link: Link) {
        if self.last.is_some_and(|last| link.seq > last.seq) {
            self.last = Some(link);
            self.stray = None;
        } else {
            self.stray = Some(link);
        }
    }

    /// Compares the lines that are not records with those that a start record declares.
    fn verify_torn(&mut self, line: &ParsedLine<'_>, kind: StartKind) {
        let is_declared = match (line.header.torn_bytes, line.header.torn_sha256) {
            (Some(bytes), Some(sha256)) => {
                let is_declared = self.unverified.is(bytes, sha256);
                if !is_declared {
                    self.problem(FindingKind::TornBytesChanged);
                }
                is_declared
            }
            _ => false,
        };
        // No crash leaves the bytes before a gap.
        if is_declared && kind != StartKind::Gap {
            self.torn = Torn::default();
        }
        self.report_torn();
    }

    fn note_start(&mut self, line: &ParsedLine<'_>, kind: StartKind) {
        let torn_bytes = line.header.torn_bytes.unwrap_or_default();
        if kind == StartKind::Gap {
            self.note(FindingKind::GapNoticed);
        } else if kind == StartKind::Recovered || torn_bytes > 0 {
            self.note(FindingKind::Crash { torn_bytes });
        }
        if line.header.unanchored {
            self.note(FindingKind::Unanchored);
        }
    }

    fn count(&mut self, line: &ParsedLine<'_>) {
        self.recent.truncate(MAX_UNSYNCED - 1);
        self.recent.push_front(line.link());
        let report = &mut self.report;
        report.records += 1;
        report.last = Some(RecordId { seq: line.header.seq, hash: encode_mac(&line.mac) });
        self.expected.retain(|expected| *expected != line.mac);
        let Some(time) = line.header.time else { return };
        // All times are in UTC and have the same length, so their order is that of their texts.
        if report.from.as_deref().is_none_or(|from| time < from) {
            report.from = Some(time.to_owned());
        }
        if report.until.as_deref().is_none_or(|until| time > until) {
            report.until = Some(time.to_owned());
        }
    }

    fn is_of_other_key(&self, line: &ParsedLine<'_>) -> bool {
        let names_key = line.header.event.and_then(StartKind::of_event).is_some();
        self.is_start && names_key && line.header.key.is_some_and(|key| key != self.key.id())
    }

    fn add_torn(&mut self, bytes: u64, is_unterminated: bool) {
        if self.torn.lines == 0 {
            self.torn.first_line = self.line;
        }
        self.torn.lines += 1;
        self.torn.bytes += bytes;
        self.torn.is_unterminated = is_unterminated;
    }

    /// Reports whether a file ends with an incomplete record.
    fn end_file(&mut self) -> bool {
        if self.torn.lines == 1 && self.torn.is_unterminated {
            let torn = std::mem::take(&mut self.torn);
            self.note(FindingKind::TornEnd { bytes: torn.bytes });
            return true;
        }
        self.report_torn();
        false
    }

    /// Reports the lines before that are not records, unless a start record declared them.
    fn report_torn(&mut self) {
        let Torn { first_line, lines, bytes, .. } = std::mem::take(&mut self.torn);
        if lines > 0 {
            let kind = FindingKind::NotRecords { lines, bytes };
            let finding = Finding { file: self.file.clone(), line: first_line, kind };
            push(&mut self.report.problems, &mut self.report.omitted, finding);
        }
    }

    fn problem(&mut self, kind: FindingKind) {
        let finding = Finding { file: self.file.clone(), line: self.line, kind };
        push(&mut self.report.problems, &mut self.report.omitted, finding);
    }

    fn note(&mut self, kind: FindingKind) {
        let finding = Finding { file: self.file.clone(), line: self.line, kind };
        push(&mut self.report.notes, &mut self.report.omitted, finding);
    }
}

fn push(findings: &mut Vec<Finding>, omitted: &mut u64, finding: Finding) {
    if findings.len() < MAX_FINDINGS {
        findings.push(finding);
    } else {
        *omitted += 1;
    }
}

opaque_debug!(Verifier<'k>);
