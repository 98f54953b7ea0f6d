//! Verifies the files of [`JsonLines`](super::JsonLines).
//!
//! A [`Verifier`] reads the files of one log in their order, the oldest first, in constant memory. Its [`Report`] lists
//! every place where records were removed, altered, inserted or moved.
//!
//! Without further information, records that were removed from the end of the last file are not noticed, unless the log
//! [is closed](End::Closed). The hash of a later record decides: one that was noted earlier, or the [`last_durable`]
//! record that the server stores next to the log.
//!
//! ```no_run
//! use std::{fs::File, io::BufReader};
//!
//! use mcp_guard::record::{AuditKey, audit};
//!
//! # fn main() -> std::io::Result<()> {
//! let key = AuditKey::from_file("decisions.jsonl.key")?;
//! let mut verifier = audit::Verifier::new(&key);
//! // Before the log: the server can append records meanwhile.
//! if let Some(last) = audit::last_durable("decisions.jsonl.chain", &key)? {
//!     verifier.expect(&last.hash)?;
//! }
//! for file in ["decisions.jsonl.1", "decisions.jsonl"] {
//!     verifier.read(file, BufReader::new(File::open(file)?))?;
//! }
//! let report = verifier.finish();
//! assert!(report.is_intact(), "{:?}", report.problems);
//! # Ok(())
//! # }
//! ```

mod lines;
mod report;
mod verifier;

use std::io;
use std::path::Path;

use super::AuditKey;
use super::file::encode_mac;

pub use report::{End, Finding, FindingKind, RecordId, Report};
pub use verifier::Verifier;

/// Reads the last durable record of a log from its file `<log>.chain`. `None` if the file is empty.
///
/// # Errors
///
/// The file cannot be read, is not a regular file, was altered, or belongs to another key. The error names the file.
pub fn last_durable(chain_file: impl AsRef<Path>, key: &AuditKey) -> io::Result<Option<RecordId>> {
    let last = super::file::last_durable(chain_file.as_ref(), key)?;
    Ok(last.map(|last| RecordId { seq: last.seq, hash: encode_mac(&last.mac) }))
}

#[cfg(test)]
mod tests;
