//! One public key, and a set of them (RFC 7517).
//!
//! 1. A key has exactly one algorithm (RFC 8725 section 3.1): the one it names, else the one that its type and curve imply.
//! 2. Only public signature keys are used: no symmetric keys, no RSA under 2048 bits, nothing that is for another use, nothing with which anybody can
//!    sign. (`weak`)
//! 3. A key that cannot be used is left out; it does not spoil the others.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::Value;

use super::algorithm::Algorithm;
use super::algorithm::Family;
use super::weak;
use crate::json;

/// A public key that can verify tokens.
pub(in crate::validate) struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    /// The members that make the key what it is, to tell whether a fetched key is one that is known already.
    material: Vec<u8>,
    verifying: DecodingKey,
    /// Set when the issuer stops publishing the key: whatever it signed is forgotten.
    retired: AtomicBool,
}

impl Key {
    pub(in crate::validate) const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(in crate::validate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    /// Verifies the base64url `signature` over `message`.
    pub(in crate::validate) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        jsonwebtoken::crypto::verify(signature, message, &self.verifying, self.algorithm.backend()).unwrap_or(false)
    }

    fn is_same_as(&self, other: &Self) -> bool {
        self.id == other.id && self.algorithm == other.algorithm && self.material == other.material
    }
}

/// Why a JWK is not used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum Unusable {
    #[error("it is no JWK")]
    Malformed,
    #[error("its kty or crv is not supported")]
    Type,
    #[error("its use is not sig, or its key_ops lack verify")]
    Use,
    #[error("its alg does not fit its kty and crv, or is not supported")]
    Algorithm,
    #[error("its RSA modulus is shorter than 2048 bits")]
    TooShort,
    #[error("its private half is published as well")]
    Private,
    #[error("its public exponent or its point is one that verifies what nobody signed")]
    Weak,
}

#[derive(Deserialize)]
struct RawJwk {
    kty: String,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    kid: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Key {
    fn parse(jwk: &Value) -> Result<Self, Unusable> {
        if !jwk.is_object() {
            return Err(Unusable::Malformed);
        }
        let raw = RawJwk::deserialize(jwk).map_err(|_| Unusable::Malformed)?;
        if weak::is_private(jwk) {
            return Err(Unusable::Private);
        }
        if raw.usage.as_deref().is_some_and(|usage| usage != "sig")
            || raw.key_ops.as_ref().is_some_and(|ops| !ops.iter().any(|op| op == "verify"))
        {
            return Err(Unusable::Use);
        }
        let family = match (raw.kty.as_str(), raw.crv.as_deref()) {
            ("RSA", _) => Family::Rsa,
            ("EC", Some("P-256")) => Family::P256,
            ("EC", Some("P-384")) => Family::P384,
            ("OKP", Some("Ed25519")) => Family::Ed25519,
            _ => return Err(Unusable::Type),
        };
        let algorithm = match raw.alg.as_deref() {
            None => family.implied_algorithm(),
            Some(name) => name.parse::<Algorithm>().map_err(|()| Unusable::Algorithm)?,
        };
        if algorithm.family() != family {
            return Err(Unusable::Algorithm);
        }
        let bytes = |member: &Option<String>| {
            member.as_ref().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or(Unusable::Malformed)
        };
        let point = |length: usize| {
            let (x, y) = (bytes(&raw.x)?, bytes(&raw.y)?);
            if x.len() != length || y.len() != length {
                return Err(Unusable::Malformed);
            }
            Ok([&[4], x.as_slice(), y.as_slice()].concat())
        };
        let (verifying, material) = match family {
            Family::Rsa => {
                let (n, e) = (bytes(&raw.n)?, bytes(&raw.e)?);
                let significant: Vec<u8> = n.iter().copied().skip_while(|byte| *byte == 0).collect();
                let bits = significant.len() * 8 - significant.first().map_or(0, |byte| byte.leading_zeros() as usize);
                if bits < 2048 {
                    return Err(Unusable::TooShort);
                }
                if weak::is_no_exponent(&e) {
                    return Err(Unusable::Weak);
                }
                (DecodingKey::from_rsa_raw_components(&significant, &e), [n.as_slice(), &[0xff], &e].concat())
            }
            Family::P256 | Family::P384 => {
                let point = point(if family == Family::P256 { 32 } else { 48 })?;
                (DecodingKey::from_ec_der(&point), point)
            }
            Family::Ed25519 => {
                let x = bytes(&raw.x)?;
                if x.len() != 32 {
                    return Err(Unusable::Malformed);
                }
                if weak::has_small_order(&x) {
                    return Err(Unusable::Weak);
                }
                (DecodingKey::from_ed_der(&x), x)
            }
        };
        Ok(Self { id: raw.kid, algorithm, material, verifying, retired: AtomicBool::new(false) })
    }
}

/// A JWKS.
#[derive(Default)]
pub(super) struct KeySet {
    keys: Vec<Arc<Key>>,
}

/// What a set says of a token's header.
pub(super) enum Lookup<'s> {
    Found(&'s Arc<Key>),
    /// The key is known, and it is for another algorithm.
    OtherAlgorithm,
    Unknown,
}

impl KeySet {
    /// Reads a JWKS; keys that cannot be used are left out and logged.
    pub(super) fn parse(document: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Jwks {
            keys: Vec<Value>,
        }
        if !json::is_object(document) {
            return None;
        }
        let jwks: Jwks = serde_json::from_str(document).ok()?;
        let mut keys = Vec::with_capacity(jwks.keys.len());
        for (index, jwk) in jwks.keys.iter().enumerate() {
            match Key::parse(jwk) {
                Ok(key) => keys.push(Arc::new(key)),
                Err(reason) => tracing::debug!(index, %reason, "a key of the issuer is not used"),
            }
        }
        Some(Self { keys })
    }

    #[cfg(fuzzing)]
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Takes over the keys of `previous` that are still published, and retires the others.
    pub(super) fn succeeding(mut self, previous: &Self) -> Self {
        for old in &previous.keys {
            match self.keys.iter_mut().find(|new| new.is_same_as(old)) {
                Some(new) => *new = Arc::clone(old),
                None => old.retired.store(true, Ordering::Release),
            }
        }
        self
    }

    /// The key for a token. A token without `kid` is verified only where no two keys could be meant.
    pub(super) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Lookup<'_> {
        let Some(id) = id else {
            let mut fitting = self.keys.iter().filter(|key| key.algorithm == algorithm);
            return match (fitting.next(), fitting.next()) {
                (Some(key), None) => Lookup::Found(key),
                _ => Lookup::Unknown,
            };
        };
        let mut known = self.keys.iter().filter(|key| key.id.as_deref() == Some(id)).peekable();
        if known.peek().is_none() {
            return Lookup::Unknown;
        }
        known.find(|key| key.algorithm == algorithm).map_or(Lookup::OtherAlgorithm, Lookup::Found)
    }
}

#[cfg(test)]
mod tests {
    use mcp_guard_dev::SigningAlgorithm;
    use mcp_guard_dev::SigningKey;
    use serde_json::json;

    use super::*;

    fn jwk(algorithm: SigningAlgorithm) -> Value {
        SigningKey::generate(algorithm).public_jwk()
    }

    fn with(mut jwk: Value, member: &str, value: Value) -> Value {
        jwk[member] = value;
        jwk
    }

    fn without(mut jwk: Value, member: &str) -> Value {
        jwk.as_object_mut().unwrap().remove(member);
        jwk
    }

    #[test]
    fn unusable_keys_and_why() {
        let es = jwk(SigningAlgorithm::Es256);
        let rs = jwk(SigningAlgorithm::Rs256);
        let ed = jwk(SigningAlgorithm::EdDsa);
        let short = URL_SAFE_NO_PAD.encode([0xff; 128]);
        let padded_with_zeros = URL_SAFE_NO_PAD.encode([vec![0; 256], vec![0xff; 128]].concat());
        for (key, reason) in [
            (with(es.clone(), "use", json!("enc")), Unusable::Use),
            (with(es.clone(), "key_ops", json!(["sign"])), Unusable::Use),
            (with(es.clone(), "alg", json!("ES384")), Unusable::Algorithm),
            (with(es.clone(), "alg", json!("RS256")), Unusable::Algorithm),
            (with(es.clone(), "alg", json!("HS256")), Unusable::Algorithm),
            (with(es.clone(), "crv", json!("P-521")), Unusable::Type),
            (with(es.clone(), "crv", json!("secp256k1")), Unusable::Type),
            (with(es.clone(), "x", json!("AAAA")), Unusable::Malformed),
            (without(es.clone(), "y"), Unusable::Malformed),
            (with(rs.clone(), "alg", json!("RSA-OAEP-256")), Unusable::Algorithm),
            (with(rs.clone(), "alg", json!("HS256")), Unusable::Algorithm),
            (with(rs.clone(), "n", json!(short)), Unusable::TooShort),
            (with(rs.clone(), "n", json!(padded_with_zeros)), Unusable::TooShort),
            (with(rs.clone(), "n", json!("")), Unusable::TooShort),
            (without(rs.clone(), "e"), Unusable::Malformed),
            (with(rs.clone(), "e", json!("Ag")), Unusable::Weak),
            (with(rs.clone(), "e", json!("")), Unusable::Weak),
            (with(rs, "qi", json!(null)), Unusable::Private),
            (with(es.clone(), "d", json!("AAAA")), Unusable::Private),
            (with(ed.clone(), "x", json!(URL_SAFE_NO_PAD.encode([0; 32]))), Unusable::Weak),
            (with(ed.clone(), "x", json!("AAAA")), Unusable::Malformed),
            (json!({"kty": "oct", "k": "c2VjcmV0"}), Unusable::Type),
            (json!({"kty": 7}), Unusable::Malformed),
            (json!("key"), Unusable::Malformed),
            (json!(["OKP", null, null, null, null, "Ed25519", null, null, ed["x"], null]), Unusable::Malformed),
            (json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"}), Unusable::Type),
        ] {
            assert_eq!(Key::parse(&key).err(), Some(reason), "{key}");
        }
    }

    #[test]
    fn a_key_without_alg_has_the_one_that_its_type_implies() {
        for (algorithm, implied) in [
            (SigningAlgorithm::Rs256, Algorithm::Rs256),
            (SigningAlgorithm::Ps256, Algorithm::Rs256),
            (SigningAlgorithm::Es256, Algorithm::Es256),
            (SigningAlgorithm::Es384, Algorithm::Es384),
            (SigningAlgorithm::EdDsa, Algorithm::EdDsa),
        ] {
            assert_eq!(Key::parse(&without(jwk(algorithm), "alg")).unwrap().algorithm, implied, "{algorithm:?}");
        }
    }

    #[test]
    fn a_list_is_no_set() {
        let key = jwk(SigningAlgorithm::Es256);
        assert!(KeySet::parse(&json!({"keys": [key]}).to_string()).is_some());
        assert!(KeySet::parse(&json!([[key]]).to_string()).is_none());
    }

    #[test]
    fn one_bad_key_does_not_spoil_the_set() {
        let good = SigningKey::generate(SigningAlgorithm::Es256);
        let document = json!({"keys": [{"kty": "oct", "k": "AAAA"}, 7, null, {}, good.public_jwk()]});
        let set = KeySet::parse(&document.to_string()).unwrap();
        assert!(matches!(set.find(Some(good.kid()), Algorithm::Es256), Lookup::Found(_)));
    }

    #[test]
    fn a_key_is_found_by_its_id_and_for_its_algorithm_only() {
        let key = SigningKey::generate(SigningAlgorithm::Es256);
        let set = KeySet::parse(&json!({"keys": [key.public_jwk()]}).to_string()).unwrap();
        assert!(matches!(set.find(Some(key.kid()), Algorithm::Es256), Lookup::Found(_)));
        assert!(matches!(set.find(Some(key.kid()), Algorithm::Rs256), Lookup::OtherAlgorithm));
        assert!(
            matches!(set.find(Some("another"), Algorithm::Es256), Lookup::Unknown),
            "a lone key is not for any kid"
        );
        assert!(matches!(set.find(None, Algorithm::Es256), Lookup::Found(_)));
        let two = json!({"keys": [key.public_jwk(), jwk(SigningAlgorithm::Es256)]});
        let two = KeySet::parse(&two.to_string()).unwrap();
        assert!(matches!(two.find(None, Algorithm::Es256), Lookup::Unknown), "two keys could be meant");
    }

    #[test]
    fn a_key_without_id_is_for_tokens_without_id_and_of_its_algorithm() {
        let nameless = without(jwk(SigningAlgorithm::Es256), "kid");
        let set = KeySet::parse(&json!({"keys": [nameless]}).to_string()).unwrap();
        assert!(matches!(set.find(None, Algorithm::Es256), Lookup::Found(_)));
        assert!(matches!(set.find(None, Algorithm::Rs256), Lookup::Unknown));
        assert!(matches!(set.find(Some("any"), Algorithm::Es256), Lookup::Unknown));
    }

    #[test]
    fn a_key_is_another_when_its_id_its_algorithm_or_its_material_is() {
        let old = jwk(SigningAlgorithm::Rs256);
        let mut other_material = jwk(SigningAlgorithm::Rs256);
        other_material["kid"] = old["kid"].clone();
        for new in [with(old.clone(), "kid", json!("new")), with(old.clone(), "alg", json!("PS256")), other_material] {
            let first = KeySet::parse(&json!({"keys": [old]}).to_string()).unwrap();
            let second = KeySet::parse(&json!({"keys": [new]}).to_string()).unwrap().succeeding(&first);
            assert!(first.keys[0].is_retired(), "{new}");
            assert!(!Arc::ptr_eq(&first.keys[0], &second.keys[0]), "{new}");
        }
    }

    #[test]
    fn a_key_that_is_no_longer_published_is_retired() {
        let (stays, goes) = (jwk(SigningAlgorithm::Es256), jwk(SigningAlgorithm::Es256));
        let first = KeySet::parse(&json!({"keys": [stays, goes]}).to_string()).unwrap();
        let second = KeySet::parse(&json!({"keys": [stays]}).to_string()).unwrap().succeeding(&first);
        assert!(Arc::ptr_eq(&first.keys[0], &second.keys[0]));
        assert!(!first.keys[0].is_retired());
        assert!(first.keys[1].is_retired());
    }
}
