//! Published test vectors for signatures and keys. Each one takes the path of a token: from the JWKS to the base64url
//! signature.

mod rfc;
mod weak;
mod wycheproof;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::algorithm::{Algorithm, install_crypto};
use super::key_error::KeyError;
use super::set::KeySet;

/// Verifies a signature of an issuer that publishes only this key.
fn verifies(jwk: &Value, algorithm: Algorithm, message: &[u8], signature: &str) -> Verdict {
    install_crypto();
    let set = KeySet::parse(&json!({"keys": [jwk]}).to_string(), Algorithm::ALL).expect("a JWKS");
    match set.find(jwk["kid"].as_str(), algorithm) {
        Ok(key) if key.verifies(message, signature) => Verdict::Signed,
        Ok(_) => Verdict::Forged,
        Err(KeyError::OtherAlgorithm | KeyError::Unknown | KeyError::Unusable) => Verdict::NoKey,
        Err(error) => panic!("{error:?}"),
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Verdict {
    Signed,
    Forged,
    /// No key of the set is usable for this algorithm.
    NoKey,
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
