//! The key of a decision log.

use std::io;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::key_file;
use super::line::Link;
use crate::record::digest::DigestKey;

/// The minimum length of a key, in bytes.
pub(super) const MIN_KEY: usize = 32;
/// The maximum length of a key, in bytes. Longer input is a mistake, such as the wrong file.
pub(super) const MAX_KEY: usize = 1024;

/// The secret key of a decision log.
///
/// The key authenticates the chain of records, and keys the digests in them. Store it where an attacker who can change
/// the log cannot read it: with the key, a log can be forged. Use one key for one log.
///
/// The key is erased from memory when its last copy is dropped.
#[derive(Clone)]
pub struct AuditKey(Arc<Keys>);

/// The keys that are derived from the key of the operator, one for each purpose.
struct Keys {
    chain: Zeroizing<[u8; 32]>,
    state: Zeroizing<[u8; 32]>,
    digests: Zeroizing<[u8; 32]>,
    id: String,
}

impl AuditKey {
    /// Reads a key of at least 32 bytes as base64url, base64 or hexadecimal, such as the output of
    /// `openssl rand -base64 32`.
    ///
    /// # Errors
    ///
    /// The text has another form, or the key is too short. The error does not contain the text.
    pub fn parse(text: &str) -> io::Result<Self> {
        let expected = "expected at least 32 random bytes as base64url, base64 or hexadecimal";
        let invalid = |problem: &str| io::Error::new(io::ErrorKind::InvalidInput, format!("{problem}: {expected}"));
        let text = text.trim();
        if text.len() > 2 * MAX_KEY {
            return Err(invalid("the audit key is too long"));
        }
        let bytes = decode(text).ok_or_else(|| invalid("the audit key has an unknown form"))?;
        match bytes.len() {
            ..MIN_KEY => Err(invalid("the audit key is too short")),
            _ => Ok(Self::derive(&bytes)),
        }
    }

    /// Reads a key from a file, in the form of [`parse`](Self::parse).
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not a regular file, or its permissions allow other users to access it; or the key is
    /// invalid. The error names the file.
    pub fn from_file(path: impl AsRef<Path>) -> io::Result<Self> {
        key_file::read(path.as_ref())
    }

    /// Reads the key from the file next to a log, `<log>.key`. Creates it with a random key and mode 0600 if neither the
    /// key nor the log exists.
    ///
    /// # Errors
    ///
    /// Those of [`from_file`](Self::from_file); or the key does not exist but the log does, or it cannot be created.
    pub fn next_to(log: impl AsRef<Path>) -> io::Result<Self> {
        key_file::read_or_create(log.as_ref())
    }

    /// Derives the keys with HKDF (RFC 5869).
    fn derive(secret: &[u8]) -> Self {
        let pseudorandom = Zeroizing::new(hmac(b"mcp-guard audit key", &[secret]));
        // One block of HKDF-Expand.
        let derived = |purpose: &[u8]| Zeroizing::new(hmac(&*pseudorandom, &[purpose, &[1]]));
        let id = URL_SAFE_NO_PAD.encode(&derived(b"id")[..ID_LENGTH]);
        Self(Arc::new(Keys { chain: derived(b"chain"), state: derived(b"state"), digests: derived(b"digests"), id }))
    }

    /// Returns the key of the digests in records.
    pub(in crate::record) fn digests(&self) -> DigestKey {
        DigestKey::new(&self.0.digests)
    }

    /// Returns the public name of the key, which records contain.
    pub(in crate::record) fn id(&self) -> &str {
        &self.0.id
    }

    /// Returns the MAC of a line that follows the record `before`.
    pub(super) fn chain_mac(&self, before: Option<&Link>, line: &[u8]) -> [u8; 32] {
        self.chain(before, line).finalize().into_bytes().into()
    }

    /// Reports whether a line with this MAC follows the record `before`.
    pub(in crate::record) fn is_next(&self, before: Option<&Link>, line: &[u8], mac: &[u8; 32]) -> bool {
        self.chain(before, line).verify_slice(mac).is_ok()
    }

    /// Returns the MAC of the contents of the file `<log>.chain`.
    pub(super) fn state_mac(&self, contents: &[u8]) -> [u8; 32] {
        hmac(&*self.0.state, &[contents])
    }

    fn chain(&self, before: Option<&Link>, line: &[u8]) -> Hmac<Sha256> {
        let mut mac = new_hmac(&*self.0.chain);
        mac.update(before.map_or(&[0; 32], |before| &before.mac));
        mac.update(line);
        mac
    }
}

/// The length of the name of a key, in bytes.
const ID_LENGTH: usize = 12;

/// Decodes hexadecimal or base64, with either alphabet and with or without padding.
fn decode(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let is_hex =
        text.len() >= 2 * MIN_KEY && text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hex {
        let digits = text.as_bytes().chunks_exact(2);
        let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
        return digits.map(byte).collect::<Option<_>>().map(Zeroizing::new);
    }
    let urlsafe = |byte| match byte {
        b'+' => b'-',
        b'/' => b'_',
        byte => byte,
    };
    let text: Zeroizing<Vec<u8>> = Zeroizing::new(text.trim_end_matches('=').bytes().map(urlsafe).collect());
    URL_SAFE_NO_PAD.decode(&*text).ok().map(Zeroizing::new)
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = new_hmac(key);
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

fn new_hmac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

opaque_debug!(redacted AuditKey);

#[cfg(test)]
mod tests;
