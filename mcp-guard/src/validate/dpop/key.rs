//! The key of a proof and its thumbprint (RFC 7638).

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::token::Thumbprint;
use crate::validate::keys::{Algorithm, Key};

/// Members of private and symmetric keys (RFC 7518 section 6). A client that sends one has disclosed its key.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The base64url length of an RSA modulus of 4096 bits. The client chooses the key, and larger keys make verification
/// too expensive.
const MAX_MODULUS: usize = 683;

/// Parses a `jwk` for this algorithm. Returns the key and its thumbprint.
pub(super) fn read(jwk: &Map<String, Value>, algorithm: Algorithm) -> Option<(Key, Thumbprint)> {
    if PRIVATE.iter().any(|member| jwk.contains_key(*member)) {
        return None;
    }
    let thumbprint = thumbprint(jwk)?;
    Key::of_algorithm(jwk, algorithm).map(|key| (key, thumbprint))
}

/// Computes the hash of the required members, sorted by name, exactly as they are written. A key in another encoding
/// has another thumbprint, so no token is bound to it.
///
/// The result is only valid if the members are base64url, which [`Key::of_algorithm`] checks.
fn thumbprint(jwk: &Map<String, Value>) -> Option<Thumbprint> {
    let member = |name: &str| jwk.get(name).and_then(Value::as_str);
    let canonical = match member("kty")? {
        "EC" => format!(r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#, member("crv")?, member("x")?, member("y")?),
        "OKP" => format!(r#"{{"crv":"{}","kty":"OKP","x":"{}"}}"#, member("crv")?, member("x")?),
        "RSA" => {
            let n = member("n").filter(|n| n.len() <= MAX_MODULUS)?;
            format!(r#"{{"e":"{}","kty":"RSA","n":"{n}"}}"#, member("e")?)
        }
        _ => return None,
    };
    Some(Sha256::digest(canonical).into())
}

#[cfg(test)]
mod tests;
