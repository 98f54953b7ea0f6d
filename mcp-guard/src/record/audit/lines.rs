//! Reads lines into a bounded buffer.

use std::io::{self, BufRead, Read as _};

use sha2::{Digest as _, Sha256};

use crate::record::file::{MAX_LINE, hex};

/// A line, with its line break if it has one.
#[derive(Debug)]
pub(super) enum Line<'b> {
    Whole(&'b [u8]),
    /// The line exceeds the maximum length. It was read into the region.
    TooLong {
        bytes: u64,
        is_unterminated: bool,
    },
}

/// Consecutive bytes that are not records: their number and digest.
#[derive(Clone, Debug, Default)]
pub(super) struct Region {
    bytes: u64,
    digest: Sha256,
    /// The region ends with a line break that is not in the digest yet.
    has_pending_break: bool,
}

impl Region {
    pub(super) fn add(&mut self, mut bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        if bytes.is_empty() {
            return;
        }
        if std::mem::take(&mut self.has_pending_break) {
            self.digest.update(b"\n");
        }
        if let Some(rest) = bytes.strip_suffix(b"\n") {
            bytes = rest;
            self.has_pending_break = true;
        }
        self.digest.update(bytes);
    }

    /// Reports whether the region has this number of bytes and this digest, without its last line break if the server
    /// added that one.
    pub(super) fn is(&self, bytes: u64, sha256: &str) -> bool {
        let mut digest = self.digest.clone();
        if self.has_pending_break && self.bytes == bytes {
            digest.update(b"\n");
        }
        let has_length = self.bytes == bytes || (self.has_pending_break && self.bytes == bytes + 1);
        has_length && hex(&digest.finalize()) == sha256
    }
}

/// Reads the next line. `None` at the end. A line that is too long is read into `region`.
pub(super) fn next_line<'b>(
    reader: &mut impl BufRead,
    buffer: &'b mut Vec<u8>,
    region: &mut Region,
) -> io::Result<Option<Line<'b>>> {
    let mut bytes = 0;
    loop {
        buffer.clear();
        let read = reader.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', buffer)?;
        if read <= MAX_LINE && bytes == 0 {
            return Ok((read > 0).then_some(Line::Whole(buffer)));
        }
        bytes += read as u64;
        region.add(buffer);
        if read == 0 || buffer.ends_with(b"\n") {
            return Ok(Some(Line::TooLong { bytes, is_unterminated: read == 0 }));
        }
    }
}
