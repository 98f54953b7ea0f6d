//! Signatures and keys that others made to find mistakes: every one goes the way that a token of an issuer goes, from the issuer's JWKS to the
//! signature's base64url text.

mod rfc;
mod weak;
mod wycheproof;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::algorithm::{Algorithm, install_crypto};
use super::key_error::KeyError;
use super::set::KeySet;

/// Whether an issuer that publishes this key, and no other, signed `message` so.
fn verifies(jwk: &Value, algorithm: Algorithm, message: &[u8], signature: &str) -> Verdict {
    install_crypto();
    let set = KeySet::parse(&json!({"keys": [jwk]}).to_string()).expect("a JWKS");
    match set.find(jwk["kid"].as_str(), algorithm) {
        Ok(key) if key.verifies(message, signature) => Verdict::Signed,
        Ok(_) => Verdict::Forged,
        Err(KeyError::OtherAlgorithm | KeyError::Unknown) => Verdict::NoKey,
        Err(error) => panic!("{error:?}"),
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Verdict {
    Signed,
    Forged,
    /// The key is none that a token of this algorithm is verified with.
    NoKey,
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
