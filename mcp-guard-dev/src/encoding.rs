//! base64url encoding and random strings.

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Returns 256 random bits as 43 characters.
pub(crate) fn random_string() -> String {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).expect("the operating system provides randomness");
    base64url(bytes)
}
