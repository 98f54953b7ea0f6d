//! Keyed digests, which stand for values that a record must not contain.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The length of a digest, in bytes.
const LENGTH: usize = 16;

/// The key of the digests in records.
#[derive(Clone)]
pub(crate) struct DigestKey(Arc<Hmac<Sha256>>);

impl DigestKey {
    /// Creates a key from these bytes.
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        Self(Arc::new(Hmac::new_from_slice(key).expect("HMAC takes keys of any length")))
    }

    /// Creates a key that lives as long as the process.
    pub(crate) fn random() -> Self {
        Self::new(&rand::random())
    }

    /// Returns the digest of a value. Equal values with different labels have different digests.
    pub(super) fn digest(&self, label: &'static str, value: &[u8]) -> String {
        let mut mac = Hmac::clone(&self.0);
        mac.update(&[u8::try_from(label.len()).unwrap_or(u8::MAX)]);
        mac.update(label.as_bytes());
        mac.update(value);
        URL_SAFE_NO_PAD.encode(&mac.finalize().into_bytes()[..LENGTH])
    }

    /// Returns a text of at most [`MAX_TEXT`] bytes. A longer one is cut and ends with a digest, so that different texts
    /// stay different.
    pub(super) fn bounded(&self, text: &str) -> String {
        if text.len() <= MAX_TEXT {
            return text.to_owned();
        }
        let digest = self.digest("text", text.as_bytes());
        let end = text.floor_char_boundary(MAX_TEXT - CUT.len() - digest.len());
        [&text[..end], CUT, &digest].concat()
    }
}

/// The maximum length of a text in a record, in bytes.
const MAX_TEXT: usize = 256;
/// Marks a text that was cut.
const CUT: &str = "...";

opaque_debug!(redacted DigestKey);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_depend_on_key_label_and_value() {
        let key = DigestKey::new(&[1; 32]);
        let digest = key.digest("subject", b"alice");
        assert_eq!(digest.len(), 22);
        assert_eq!(digest, DigestKey::new(&[1; 32]).digest("subject", b"alice"));
        let others = [
            DigestKey::new(&[2; 32]).digest("subject", b"alice"),
            key.digest("session", b"alice"),
            key.digest("subject", b"bob"),
            key.digest("subjecta", b"lice"),
            DigestKey::random().digest("subject", b"alice"),
        ];
        assert!(others.iter().all(|other| *other != digest), "{others:?}");
    }

    #[test]
    fn long_texts_are_cut_and_stay_different() {
        let key = DigestKey::new(&[1; 32]);
        assert_eq!(key.bounded("alice"), "alice");
        assert_eq!(key.bounded(&"a".repeat(MAX_TEXT)), "a".repeat(MAX_TEXT));
        let [one, other] = ["1", "2"].map(|end| key.bounded(&("ä".repeat(1000) + end)));
        assert!(one.len() <= MAX_TEXT && other.len() <= MAX_TEXT && one != other, "{one}");
    }
}
