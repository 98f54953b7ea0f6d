//! The file `<log>.chain`: the last durable record of a log. Its lock permits one writer.
//!
//! The file is written in place, because its lock belongs to the file and not to its name. It is shorter than a sector of
//! a disk. A state that is older than the log does no harm: the log is read from its end.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::AuditKey;
use super::line::{Link, decode_mac, encode_mac};
use super::regular::{self, named, next_to, refused};
use super::start::Known;

/// The version of the format.
const VERSION: u64 = 1;
/// The maximum length of the file, in bytes.
const MAX_STATE: u64 = 512;
/// The text before the seal, which authenticates the bytes before it.
const SEAL: &str = r#","seal":""#;

/// The time in which a lock may become free. A child of another process holds it for a moment, until it runs its program.
const LOCK_TIME: Duration = Duration::from_secs(1);
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Locks the file, or waits for its lock for [`LOCK_TIME`].
fn try_lock(file: &File) -> Result<(), TryLockError> {
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if began.elapsed() < LOCK_TIME => std::thread::sleep(LOCK_PAUSE),
            result => return result,
        }
    }
}

/// The open and locked file.
pub(super) struct StateFile {
    file: File,
    path: PathBuf,
}

#[derive(Deserialize)]
struct Contents<'s> {
    v: u64,
    key: &'s str,
    seq: u64,
    mac: &'s str,
}

impl StateFile {
    /// Opens and locks the file next to the log, and creates it if it does not exist.
    ///
    /// # Errors
    ///
    /// Another writer has locked it for longer than [`LOCK_TIME`]. The error names the file.
    pub(super) fn lock(log: &Path) -> io::Result<Self> {
        let path = next_to(log, "chain");
        let file = regular::open_or_create(&path, OpenOptions::new().read(true).write(true))?;
        match try_lock(&file) {
            Ok(()) => Ok(Self { file, path }),
            Err(TryLockError::WouldBlock) => {
                let reason = format!("locked by another writer of {}: expected one server for each log", log.display());
                Err(refused(&path, io::ErrorKind::WouldBlock, &reason))
            }
            Err(TryLockError::Error(error)) => Err(named(&path, "cannot lock it")(error)),
        }
    }

    /// Writes the last durable record, durably.
    pub(super) fn write(&mut self, last: &Link, key: &AuditKey) -> io::Result<()> {
        let contents = contents(last, key);
        let written = self.file.seek(SeekFrom::Start(0)).and_then(|_| {
            self.file.write_all(contents.as_bytes())?;
            self.file.set_len(contents.len() as u64)?;
            self.file.sync_data()
        });
        written.map_err(named(&self.path, "cannot write it"))
    }

    /// Reads the last durable record.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or belongs to another key or a newer version. The error names the file.
    pub(super) fn read(&mut self, key: &AuditKey) -> io::Result<Known> {
        self.file.seek(SeekFrom::Start(0)).map_err(named(&self.path, "cannot read it"))?;
        read(&self.file, &self.path, key)
    }
}

/// Reads the last durable record from a file `<log>.chain`, without a lock. `None` if the file is empty.
pub(in crate::record) fn last_durable(path: &Path, key: &AuditKey) -> io::Result<Option<Link>> {
    let file = regular::open(path, OpenOptions::new().read(true))?;
    match read(&file, path, key)? {
        Known::Durable(last) => Ok(Some(last)),
        Known::Nothing => Ok(None),
        _ => Err(refused(path, io::ErrorKind::InvalidData, "it is damaged or was altered")),
    }
}

fn read(file: &File, path: &Path, key: &AuditKey) -> io::Result<Known> {
    let mut text = Vec::new();
    file.take(MAX_STATE).read_to_end(&mut text).map_err(named(path, "cannot read it"))?;
    if text.is_empty() {
        return Ok(Known::Nothing);
    }
    let invalid = |reason: &str| Err(refused(path, io::ErrorKind::InvalidData, reason));
    match parse(&text, key) {
        Parsed::Is(state) => Ok(state),
        Parsed::OtherKey => invalid("the log was written with another audit key: use that key, or move the log away"),
        Parsed::Newer => invalid("the log was written by a newer version: use that version, or move the log away"),
    }
}

/// The parsed contents.
enum Parsed {
    Is(Known),
    OtherKey,
    Newer,
}

fn parse(text: &[u8], key: &AuditKey) -> Parsed {
    let damaged = Parsed::Is(Known::Damaged);
    // A shorter state can be followed by the end of a longer one.
    let line = text.split(|byte| *byte == b'\n').next().and_then(|line| str::from_utf8(line).ok());
    let Some((start, seal)) = line.and_then(|line| line.rsplit_once(SEAL)) else { return damaged };
    let json = format!("{start}}}");
    let Ok(contents) = serde_json::from_str::<Contents<'_>>(&json) else { return damaged };
    if contents.v > VERSION {
        return Parsed::Newer;
    }
    if contents.key != key.id() {
        return Parsed::OtherKey;
    }
    let is_sealed = seal.strip_suffix(r#""}"#).and_then(decode_mac) == Some(key.state_mac(start.as_bytes()));
    match decode_mac(contents.mac).filter(|_| is_sealed) {
        Some(mac) => Parsed::Is(Known::Durable(Link { seq: contents.seq, mac })),
        None => damaged,
    }
}

fn contents(last: &Link, key: &AuditKey) -> String {
    let mac = encode_mac(&last.mac);
    let start = format!(r#"{{"v":{VERSION},"key":"{}","seq":{},"mac":"{mac}""#, key.id(), last.seq);
    let seal = URL_SAFE_NO_PAD.encode(key.state_mac(start.as_bytes()));
    format!("{start}{SEAL}{seal}\"}}\n")
}

opaque_debug!(StateFile);

#[cfg(test)]
mod tests;
