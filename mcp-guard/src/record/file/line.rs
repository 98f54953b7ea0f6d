//! The form of a line.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::AuditKey;
use super::json_text::append_json;

/// The maximum length of a line with its line break, in bytes.
pub(in crate::record) const MAX_LINE: usize = 1 << 20;
/// The version of the format.
const VERSION: u64 = 1;
/// The text before and after the MAC, at the end of a line.
const MAC: &[u8] = br#","mac":""#;
const END: &[u8] = br#""}"#;
/// The length of a MAC in base64url.
const MAC_TEXT: usize = 43;

/// A place in the chain: the number and the MAC of a record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::record) struct Link {
    pub(in crate::record) seq: u64,
    pub(in crate::record) mac: [u8; 32],
}

/// A line in the right form, with a MAC that is not verified.
#[derive(Debug)]
pub(in crate::record) struct ParsedLine<'l> {
    pub(in crate::record) header: Header<'l>,
    pub(in crate::record) mac: [u8; 32],
    /// The bytes that the MAC covers.
    pub(in crate::record) covered: &'l [u8],
}

/// The members that the chain needs.
#[derive(Debug, Default, Deserialize)]
pub(in crate::record) struct Header<'l> {
    pub(in crate::record) seq: u64,
    pub(in crate::record) time: Option<&'l str>,
    pub(in crate::record) event: Option<&'l str>,
    pub(in crate::record) key: Option<&'l str>,
    pub(in crate::record) after_seq: Option<u64>,
    pub(in crate::record) after_mac: Option<&'l str>,
    pub(in crate::record) torn_bytes: Option<u64>,
    pub(in crate::record) torn_sha256: Option<&'l str>,
    #[serde(default)]
    pub(in crate::record) unanchored: bool,
}

/// A line that is not a record of this version.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::record) enum NotParsed {
    /// The line is not a record.
    NotARecord,
    /// The line has a newer version, of an unknown form.
    Newer(u64),
}

impl ParsedLine<'_> {
    /// Returns the place of this record in the chain.
    pub(in crate::record) const fn link(&self) -> Link {
        Link { seq: self.header.seq, mac: self.mac }
    }

    /// Returns the record that a start record follows. `None` for the first record of a chain.
    ///
    /// # Errors
    ///
    /// The record is named incompletely.
    pub(in crate::record) fn after(&self) -> Result<Option<Link>, NotParsed> {
        match (self.header.after_seq, self.header.after_mac) {
            (None, None) => Ok(None),
            (Some(seq), Some(mac)) => decode_mac(mac).map(|mac| Some(Link { seq, mac })).ok_or(NotParsed::NotARecord),
            _ => Err(NotParsed::NotARecord),
        }
    }
}

/// Parses a line without its line break.
pub(in crate::record) fn parse(line: &[u8]) -> Result<ParsedLine<'_>, NotParsed> {
    let version = version(line).ok_or(NotParsed::NotARecord)?;
    if version > VERSION {
        return Err(NotParsed::Newer(version));
    }
    parse_current(line).filter(|line| line.header.seq > 0).ok_or(NotParsed::NotARecord)
}

/// Returns the version of the format, which every line starts with.
fn version(line: &[u8]) -> Option<u64> {
    let rest = line.strip_prefix(br#"{"v":"#)?;
    let digits = &rest[..rest.iter().position(|byte| !byte.is_ascii_digit())?];
    str::from_utf8(digits).ok()?.parse().ok().filter(|version| *version >= VERSION)
}

fn parse_current(line: &[u8]) -> Option<ParsedLine<'_>> {
    let (rest, end) = line.split_at_checked(line.len().checked_sub(END.len())?)?;
    let (rest, mac) = rest.split_at_checked(rest.len().checked_sub(MAC_TEXT)?)?;
    let covered = rest.strip_suffix(MAC).filter(|_| end == END)?;
    let mac = decode_mac(str::from_utf8(mac).ok()?)?;
    let header = serde_json::from_slice(line).ok()?;
    Some(ParsedLine { header, mac, covered })
}

/// Appends the line of a record that follows `before`. Returns its place in the chain.
pub(super) fn append_line(
    buffer: &mut Vec<u8>,
    key: &AuditKey,
    before: Option<&Link>,
    record: &impl Serialize,
) -> io::Result<Link> {
    let start = buffer.len();
    let seq = before.map_or(0, |before| before.seq) + 1;
    buffer.extend_from_slice(format!(r#"{{"v":{VERSION},"seq":{seq},"#).as_bytes());
    // The members of the record follow in the same object.
    let brace = buffer.len();
    append_json(buffer, record)?;
    buffer.remove(brace);
    buffer.pop();
    let mac = key.chain_mac(before, &buffer[start..]);
    buffer.extend_from_slice(MAC);
    buffer.extend_from_slice(encode_mac(&mac).as_bytes());
    buffer.extend_from_slice(END);
    buffer.push(b'\n');
    Ok(Link { seq, mac })
}

/// Returns a MAC as text.
pub(in crate::record) fn encode_mac(mac: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(mac)
}

/// Parses a MAC. Each MAC has one text only.
pub(in crate::record) fn decode_mac(text: &str) -> Option<[u8; 32]> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}
