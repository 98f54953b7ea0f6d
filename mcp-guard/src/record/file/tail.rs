//! The end of an existing log.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use sha2::{Digest as _, Sha256};

use super::AuditKey;
use super::line::{Link, MAX_LINE, NotParsed, ParsedLine, parse};
use super::start::{CLOSED, StartKind};

/// The number of bytes at the end of a log in which its last record is searched.
const WINDOW: u64 = 2 * MAX_LINE as u64;
/// The beginning of each record.
const START: &[u8] = br#"{"v":1,"seq":"#;

/// The end of a log.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Tail {
    /// The log has no bytes.
    Empty,
    /// The log consists of incomplete first records.
    FirstTorn(Torn),
    /// The end of the log contains no record under this key.
    Unknown,
    /// The log ends with this record, and then with bytes that are not records.
    Records { last: Link, is_closed: bool, torn: Option<Torn> },
}

/// Bytes that are not records.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Torn {
    pub(super) bytes: u64,
    /// In hexadecimal.
    pub(super) sha256: String,
    /// Each line could be the beginning of a record.
    pub(super) is_like_records: bool,
}

/// The reason why a log must not be continued with this key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Foreign {
    Key,
    NewerVersion(u64),
}

/// The end of a log, and whether a line break is missing there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct End {
    pub(super) tail: Tail,
    pub(super) is_unterminated: bool,
}

/// Reads the end of a log, in constant time and memory. If the log `is_ours`, its first line proves nothing:
/// whoever can change it could stop the server.
pub(super) fn read(file: &mut File, key: &AuditKey, is_ours: bool) -> io::Result<Result<End, Foreign>> {
    let length = file.metadata()?.len();
    if !is_ours && let Some(foreign) = foreign(&read_at(file, 0, MAX_LINE as u64)?, key) {
        return Ok(Err(foreign));
    }
    let start = length.saturating_sub(WINDOW);
    let window = read_at(file, start, WINDOW)?;
    let is_unterminated = window.last().is_some_and(|byte| *byte != b'\n');
    let end = |tail| Ok(Ok(End { tail, is_unterminated }));
    if window.is_empty() {
        return end(Tail::Empty);
    }
    match last_record(&window, key) {
        Some(Last { link, is_closed, end: last_end }) => {
            let rest = &window[last_end..];
            end(Tail::Records { last: link, is_closed, torn: (!rest.is_empty()).then(|| Torn::of(rest)) })
        }
        None => {
            let torn = Torn::of(&window);
            // The first record of a file is short.
            let is_first = torn.is_like_records && torn.bytes <= 4096;
            end(if is_first { Tail::FirstTorn(torn) } else { Tail::Unknown })
        }
    }
}

impl Torn {
    fn of(bytes: &[u8]) -> Self {
        // A start record adds the line break of the line before.
        let lines = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let is_like_records = lines.split(|byte| *byte == b'\n').all(is_torn_record);
        Self { bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)), is_like_records }
    }
}

/// Returns bytes in hexadecimal.
pub(in crate::record) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn read_at(file: &mut File, start: u64, length: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reports whether the first line, which names the key, is of another key or of a newer version.
fn foreign(start: &[u8], key: &AuditKey) -> Option<Foreign> {
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    match parse(line) {
        Ok(line) => line.header.key.filter(|id| *id != key.id()).map(|_| Foreign::Key),
        Err(NotParsed::Newer(version)) => Some(Foreign::NewerVersion(version)),
        Err(NotParsed::NotARecord) => None,
    }
}

/// Reports whether a record could start like this.
fn is_torn_record(line: &[u8]) -> bool {
    !line.is_empty() && (line.starts_with(START) || START.starts_with(line)) && parse(line).is_err()
}

/// The last record in a window.
struct Last {
    link: Link,
    is_closed: bool,
    /// The offset behind its line.
    end: usize,
}

/// Searches the last record that is authentic. A last line without a line break can be one.
fn last_record(window: &[u8], key: &AuditKey) -> Option<Last> {
    let mut end = window.len();
    loop {
        let line_end = if window[..end].ends_with(b"\n") { end - 1 } else { end };
        let start = start_of_line(window, line_end);
        if let Ok(line) = parse(&window[start..line_end])
            && is_authentic(&line, &window[..start], key)
        {
            return Some(Last { link: line.link(), is_closed: line.header.event == Some(CLOSED), end });
        }
        if start == 0 {
            return None;
        }
        end = start;
    }
}

/// Verifies a line by the line before it. A start record is verified by itself.
fn is_authentic(line: &ParsedLine<'_>, before: &[u8], key: &AuditKey) -> bool {
    if line.header.event.is_some_and(|event| StartKind::of_event(event).is_some()) {
        return line.after().is_ok_and(|after| key.is_next(after.as_ref(), line.covered, &line.mac));
    }
    let Some(before) = before.strip_suffix(b"\n") else { return false };
    let Ok(before) = parse(&before[start_of_line(before, before.len())..]) else { return false };
    key.is_next(Some(&before.link()), line.covered, &line.mac)
}

/// Returns the offset of the line that ends at `end`.
fn start_of_line(bytes: &[u8], end: usize) -> usize {
    bytes[..end].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
}
