//! The structure of a proof: its parts and its JOSE header (RFC 9449 section 4.2).

use serde::Deserialize;
use serde_json::{Map, Value};

use super::InvalidProof;
use crate::validate::claim::ClaimMap;
use crate::validate::jwt::decode_json;
use crate::validate::keys::Algorithm;

/// The size limit of a proof. One with an RSA key of 4096 bits is less than half as long.
const MAX_LENGTH: usize = 8 * 1024;

/// A parsed proof. Nothing in it is verified yet.
pub(super) struct Jws<'p> {
    pub(super) algorithm: Algorithm,
    pub(super) jwk: Map<String, Value>,
    pub(super) claims: Map<String, Value>,
    /// The signing input.
    pub(super) signed: &'p str,
    pub(super) signature: &'p str,
}

/// Parses the key a second time: a [`Value`] does not preserve duplicate names.
#[derive(Deserialize)]
struct OnlyKey {
    jwk: ClaimMap,
}

impl<'p> Jws<'p> {
    pub(super) fn parse(proof: &'p str) -> Result<Self, InvalidProof> {
        if proof.len() > MAX_LENGTH {
            return Err(InvalidProof::TooLong);
        }
        let (signed, signature) = proof.rsplit_once('.').ok_or(InvalidProof::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(InvalidProof::Malformed)?;
        let json = decode_json(header).map_err(|_| InvalidProof::Malformed)?;
        let header = object(&json)?;
        if header.get("typ").and_then(Value::as_str) != Some("dpop+jwt") {
            return Err(InvalidProof::Type);
        }
        if header.contains_key("crit") || header.contains_key("b64") {
            return Err(InvalidProof::Critical);
        }
        let algorithm = header.get("alg").and_then(Value::as_str).and_then(|name| name.parse().ok());
        let algorithm = algorithm.ok_or(InvalidProof::Algorithm)?;
        let OnlyKey { jwk: ClaimMap(jwk) } = serde_json::from_str(&json).map_err(|_| InvalidProof::Key)?;
        let claims = object(&decode_json(payload).map_err(|_| InvalidProof::Malformed)?)?;
        Ok(Self { algorithm, jwk, claims, signed, signature })
    }
}

/// Parses a JSON object without duplicate names.
fn object(json: &str) -> Result<Map<String, Value>, InvalidProof> {
    ClaimMap::parse(json).map(|ClaimMap(object)| object).map_err(|_| InvalidProof::Malformed)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parsing_arbitrary_text_does_not_panic(proof in ".{0,200}") {
            let _ = Jws::parse(&proof);
        }

        #[test]
        fn parsing_arbitrary_header_does_not_panic(header in ".{0,100}", payload in ".{0,100}") {
            let _ = Jws::parse(&format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload)));
        }
    }
}
