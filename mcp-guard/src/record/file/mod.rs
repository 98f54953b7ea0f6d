//! The sink that writes records to a file of JSON Lines, as a chain under a key of the operator.
//!
//! 1. A line is `{"v":1,"seq":N,..,"mac":".."}`. The MAC covers the MAC of the line before and this line, so a line that
//!    is altered, removed, inserted or moved breaks the chain.
//! 2. The chain continues over rotations and restarts. The number and the MAC of the last durable record are next to the
//!    log (`<log>.chain`), so that a log that was cut is recognized.
//! 3. One process writes to a log. `<log>.chain` is locked.
//! 4. A write that fails leaves no part of a record in the file.
//! 5. The server never deletes bytes that an earlier process wrote, not even a record that a crash left incomplete.

mod audit_key;
mod json_lines;
mod json_text;
mod key_file;
mod line;
mod log_file;
mod regular;
mod start;
mod state_file;
mod tail;

pub use audit_key::AuditKey;
pub use json_lines::JsonLines;

pub(super) use line::{Link, MAX_LINE, NotParsed, ParsedLine, decode_mac, encode_mac, parse};
pub(super) use start::{CLOSED, StartKind};
pub(super) use state_file::last_durable;
pub(super) use tail::hex;
