//! The sink.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use serde::Serialize;

use super::AuditKey;
use super::line::{Link, MAX_LINE, append_line};
use super::log_file::LogFile;
use super::regular::{check_regular, refused};
use super::start::{CLOSED, Known, Start, StartKind, StartRecord};
use super::state_file::StateFile;
use super::tail::{self, Foreign};
use crate::record::decision::format_time;
use crate::record::{DecisionSink, LossReason, LostRecords, Record};

/// A sink that writes each record as a line of JSON to a file. The lines form a chain under an [`AuditKey`], which
/// [`audit`](crate::record::audit) verifies.
///
/// Next to the log is the file `<log>.chain` with the last durable record. It is locked while the sink exists. All files
/// are created with mode 0600.
///
/// To rotate the log, rename it and send SIGHUP: the chain continues in a new file. Do not copy and truncate it, because
/// this loses the records that are written meanwhile. Leave `<log>.chain` where it is.
///
/// # Format
///
/// A line is the JSON of a [`Record`], with `"v":1` and the number `seq` before its members, and a `mac` behind them. The
/// `mac` is the HMAC-SHA256 of the 32 bytes of the `mac` of the record before (zeros for the first record) and of the
/// bytes of this line before `,"mac"`, in base64url. The server adds records of its own, with the member `event`:
///
/// | event | meaning |
/// |---|---|
/// | `opened` | the first record of a chain |
/// | `continued` | the first record of a file after a rotation |
/// | `restarted` | the server started again after `closed` |
/// | `recovered` | the server started again after a crash: the last records before may be lost |
/// | `gap` | the server found that records before were removed, or bytes altered or added |
/// | `closed` | the server stopped. Without it, the server is running or has crashed |
///
/// All but `opened` and `closed` name the record that they follow (`after_seq`, `after_mac`). `torn_bytes` and
/// `torn_sha256` describe the bytes before them that are not records.
///
/// [`Decisions::log_file`](crate::record::Decisions::log_file) adds this sink to a server.
pub struct JsonLines {
    path: PathBuf,
    key: AuditKey,
    log: LogFile,
    state: StateFile,
    last: Link,
    /// Another process changed the log, so a start record must be next.
    must_resume: bool,
    /// The last write failed.
    is_failing: bool,
    buffer: Vec<u8>,
}

impl JsonLines {
    /// Opens or creates a log, and continues its chain.
    ///
    /// A log that was cut or altered at its end is continued, so that an attacker cannot stop the server by this. The
    /// start then logs an error, and a record `gap` names the missing records. An incomplete record at the end, which a
    /// crash leaves, stays in the log: a record `recovered` with its length and digest follows.
    ///
    /// # Errors
    ///
    /// - The log or `<log>.chain` is not a regular file, or cannot be opened, read or written.
    /// - Another sink, in this process or another one, has locked `<log>.chain`.
    /// - The log was written with another key or by a newer version, or is not a log of decisions.
    ///
    /// The error names the file.
    pub fn open(path: impl AsRef<Path>, key: AuditKey) -> io::Result<Self> {
        let path = path.as_ref().to_owned();
        match check_regular(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut state = StateFile::lock(&path)?;
        let known = state.read(&key)?;
        let mut log = LogFile::open(&path)?;
        let last = resume(&mut log, &path, &key, known)?;
        state.write(&last, &key)?;
        Ok(Self { path, key, log, state, last, must_resume: false, is_failing: false, buffer: Vec::new() })
    }

    fn append(&mut self, records: &[Arc<Record>]) -> io::Result<()> {
        self.log.remove_partial_write()?;
        self.must_resume |= self.log.was_changed()?;
        if self.must_resume {
            self.log.accept_changes()?;
            self.last = resume(&mut self.log, &self.path, &self.key, Known::Written(self.last))?;
            self.must_resume = false;
        }
        self.buffer.clear();
        let mut last = self.last;
        for record in records {
            last = append_record(&mut self.buffer, &self.key, &last, record)?;
        }
        self.log.append(&self.buffer)?;
        self.last = last;
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        self.append(&[])?;
        self.buffer.clear();
        let closed = Closed { event: CLOSED, time: format_time(SystemTime::now()) };
        let last = append_line(&mut self.buffer, &self.key, Some(&self.last), &closed)?;
        self.log.append(&self.buffer)?;
        self.last = last;
        self.sync()
    }
}

impl DecisionSink for JsonLines {
    fn write(&mut self, records: &[Arc<Record>]) -> io::Result<()> {
        let result = match self.append(records) {
            // The disk can be full because of the log that was moved or deleted: until it is closed, its space is used.
            Err(_) if self.log.was_moved().unwrap_or(false) => self.reopen().and_then(|()| self.append(records)),
            result => result,
        };
        self.is_failing = result.is_err();
        result
    }

    fn sync(&mut self) -> io::Result<()> {
        self.log.sync()?;
        self.state.write(&self.last, &self.key)
    }

    fn reopen(&mut self) -> io::Result<()> {
        if !self.log.was_moved()? {
            return Ok(());
        }
        // The new file names the last record of the old one, which must be durable before.
        self.log.remove_partial_write()?;
        self.sync()?;
        let mut log = LogFile::open(&self.path)?;
        self.last = resume(&mut log, &self.path, &self.key, Known::Written(self.last))?;
        self.log = log;
        self.must_resume = false;
        self.state.write(&self.last, &self.key)
    }
}

impl Drop for JsonLines {
    /// Writes the record `closed`, unless records before it are lost.
    fn drop(&mut self) {
        if self.is_failing || std::thread::panicking() {
            return;
        }
        if let Err(error) = self.close() {
            tracing::error!(%error, "cannot close the decision log");
        }
    }
}

/// Writes the start record of a log, durably, and returns its place in the chain.
fn resume(log: &mut LogFile, path: &Path, key: &AuditKey, known: Known) -> io::Result<Link> {
    let invalid = |reason: &str| refused(path, io::ErrorKind::InvalidData, reason);
    let end = tail::read(log.file(), key, known.last().is_some())?.map_err(|foreign| match foreign {
        Foreign::Key => invalid("it was written with another audit key: use that key, or move the file away"),
        Foreign::NewerVersion(version) => invalid(&format!("its format has version {version}: expected version 1")),
    })?;
    let start = Start::decide(&end.tail, known).map_err(|_| {
        invalid(
            "its last lines are not records under this audit key: use the key that wrote them, or move the file away",
        )
    })?;
    let mut bytes = Vec::new();
    if end.is_unterminated {
        bytes.push(b'\n');
    }
    let record = StartRecord::new(&start, key.id(), format_time(SystemTime::now()));
    let link = append_line(&mut bytes, key, start.after.as_ref(), &record)?;
    log.append(&bytes)?;
    log.sync()?;
    report(&start, path);
    Ok(link)
}

/// Logs the state in which the log was found.
fn report(start: &Start, path: &Path) {
    let path = path.display();
    let torn_bytes = start.torn.as_ref().map(|torn| torn.bytes);
    let last_seq = start.after.map(|after| after.seq);
    match start.kind {
        StartKind::Gap => tracing::error!(
            %path, found_seq = start.found, last_seq,
            "records at the end of the decision log were removed, or bytes were altered or added there"
        ),
        StartKind::Recovered => tracing::warn!(
            %path, last_seq, torn_bytes,
            "the decision log was not closed: the last records before a crash may be lost"
        ),
        StartKind::Opened | StartKind::Continued | StartKind::Restarted => {
            tracing::info!(%path, last_seq, torn_bytes, "the decision log is open");
        }
    }
    if start.unanchored {
        tracing::warn!(%path, "the .chain file of the decision log was missing or damaged: records before may have been removed");
    }
}

/// Appends the line of a record. A record that is too long is replaced by its loss: to try it again would not help.
fn append_record(buffer: &mut Vec<u8>, key: &AuditKey, before: &Link, record: &Record) -> io::Result<Link> {
    let start = buffer.len();
    let link = append_line(buffer, key, Some(before), record)?;
    if buffer.len() - start <= MAX_LINE {
        return Ok(link);
    }
    buffer.truncate(start);
    tracing::error!(max_bytes = MAX_LINE, "a decision record is too long for the log: it is lost");
    let lost = Record::Lost(LostRecords { time: SystemTime::now(), count: 1, reason: LossReason::TooLong });
    append_line(buffer, key, Some(before), &lost)
}

/// The last record of a sink.
#[derive(Serialize)]
struct Closed {
    event: &'static str,
    time: String,
}

opaque_debug!(JsonLines);

#[cfg(test)]
mod tests;
