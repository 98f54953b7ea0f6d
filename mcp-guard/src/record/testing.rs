//! Support for the tests of decision logs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::audit::{Report, Verifier};
use super::{AuditKey, LossReason, LostRecords, Record};

/// A folder that is deleted at the end of a test.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("mcp-guard-log-{:016x}", rand::random::<u64>()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(super) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns a key that is the same for each number.
pub(super) fn key(number: u8) -> AuditKey {
    AuditKey::parse(&format!("{number:02x}").repeat(32)).unwrap()
}

/// Returns records with these numbers.
pub(super) fn records(numbers: impl IntoIterator<Item = u64>) -> Vec<Arc<Record>> {
    let record = |count| LostRecords { time: SystemTime::now(), count, reason: LossReason::QueueFull };
    numbers.into_iter().map(|number| Arc::new(Record::Lost(record(number)))).collect()
}

/// Returns the numbers of the records in a log, and the names of the other events between them.
pub(super) fn contents(log: &Path) -> Vec<String> {
    let text = fs::read(log).unwrap();
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let content = |line: &[u8]| {
        let Ok(line) = serde_json::from_slice::<serde_json::Value>(line) else { return "torn".to_owned() };
        match line["event"].as_str() {
            Some("lost") => line["count"].to_string(),
            event => event.unwrap_or("decision").to_owned(),
        }
    };
    lines.map(content).collect()
}

/// Verifies files with key 1.
pub(super) fn verify<P: AsRef<Path>>(files: &[P]) -> Report {
    let key = key(1);
    let mut verifier = Verifier::new(&key);
    for file in files {
        let name = file.as_ref().file_name().unwrap().to_string_lossy();
        verifier.read(name, &fs::read(file).unwrap()[..]).unwrap();
    }
    verifier.finish()
}
