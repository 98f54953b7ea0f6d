//! Which keys are used, and why not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mcp_guard_dev::{SigningAlgorithm, SigningKey};
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

const MAX_RSA_BYTES: usize = if cfg!(feature = "aws-lc-rs") { 1024 } else { 512 };

fn parse(jwk: &Value) -> Result<Key, Unusable> {
    Key::parse(jwk.as_object().unwrap())
}

fn number(bytes: impl AsRef<[u8]>) -> Value {
    json!(URL_SAFE_NO_PAD.encode(bytes))
}

/// The same number with a stray bit after its last byte.
fn with_stray_bit(text: &Value) -> Value {
    let mut text = text.as_str().unwrap().to_owned();
    let last = text.pop().unwrap();
    // Each character that ends 32 bytes stands for a multiple of four, so its successor differs in a bit that belongs to no byte.
    let next = match last {
        'Z' => 'a',
        'z' => '0',
        other => char::from(other as u8 + 1),
    };
    text.push(next);
    json!(text)
}

#[test]
fn unusable_keys_and_why() {
    let es = jwk(SigningAlgorithm::Es256);
    let rs = jwk(SigningAlgorithm::Rs256);
    let ed = jwk(SigningAlgorithm::EdDsa);
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
        (with(rs.clone(), "n", number([0xff; 128])), Unusable::TooShort),
        (with(rs.clone(), "n", number([vec![0; 256], vec![0xff; 128]].concat())), Unusable::TooShort),
        (with(rs.clone(), "n", json!("")), Unusable::TooShort),
        (with(rs.clone(), "n", number([vec![0x7f], vec![0xff; 255]].concat())), Unusable::TooShort),
        (with(rs.clone(), "n", number([vec![1], vec![0xff; MAX_RSA_BYTES]].concat())), Unusable::TooLong),
        (with(rs.clone(), "n", number([0xff; 16_384 / 8])), Unusable::TooLong),
        (with(rs.clone(), "n", number([vec![0xff; 255], vec![0xfe]].concat())), Unusable::Exponent),
        (with(rs.clone(), "e", number([])), Unusable::Exponent),
        (with(rs.clone(), "e", number([0])), Unusable::Exponent),
        (with(rs.clone(), "e", number([1])), Unusable::Exponent),
        (with(rs.clone(), "e", number([2])), Unusable::Exponent),
        (with(rs.clone(), "e", number([1, 0, 0])), Unusable::Exponent),
        (with(rs.clone(), "e", number([2, 0, 0, 0, 1])), Unusable::Exponent),
        (with(rs.clone(), "e", number([0xff; 8])), Unusable::Exponent),
        (with(rs.clone(), "e", number([0xff; 256])), Unusable::Exponent),
        (with(rs.clone(), "e", json!("AQAB=")), Unusable::Malformed),
        (with(rs.clone(), "e", json!("AQ==")), Unusable::Malformed),
        (with(rs.clone(), "e", json!(65537)), Unusable::Malformed),
        (without(rs.clone(), "e"), Unusable::Malformed),
        (without(without(with(rs.clone(), "x5c", json!(["AAAA"])), "n"), "e"), Unusable::Malformed),
        (with(rs.clone(), "d", json!("AAAA")), Unusable::Private),
        (with(rs.clone(), "p", json!("AAAA")), Unusable::Private),
        (with(rs, "oth", json!([])), Unusable::Private),
        (with(es.clone(), "d", json!("AAAA")), Unusable::Private),
        (with(es.clone(), "d", Value::Null), Unusable::Private),
        (with(es.clone(), "alg", json!("none")), Unusable::Algorithm),
        (with(es.clone(), "alg", json!("")), Unusable::Algorithm),
        (with(es.clone(), "use", json!("")), Unusable::Use),
        (with(es.clone(), "use", json!("SIG")), Unusable::Use),
        (with(es.clone(), "key_ops", json!([])), Unusable::Use),
        (with(es.clone(), "key_ops", json!("verify")), Unusable::Malformed),
        (with(es.clone(), "kid", json!(7)), Unusable::Malformed),
        (with(es.clone(), "kty", json!("ec")), Unusable::Type),
        (with(es.clone(), "x", with_stray_bit(&es["x"])), Unusable::Malformed),
        (with(es.clone(), "x", json!(format!("{}=", es["x"].as_str().unwrap()))), Unusable::Malformed),
        (with(es.clone(), "x", json!("+".repeat(42) + "A")), Unusable::Malformed),
        (with(es, "y", number([0; 33])), Unusable::Malformed),
        (with(ed.clone(), "x", json!("AAAA")), Unusable::Malformed),
        (with(ed.clone(), "x", with_stray_bit(&ed["x"])), Unusable::Malformed),
        (with(ed.clone(), "crv", json!("Ed448")), Unusable::Type),
        (with(ed.clone(), "crv", json!("X25519")), Unusable::Type),
        (with(ed, "alg", json!("ES256")), Unusable::Algorithm),
        (json!({"kty": "EC", "crv": "Ed25519", "x": "AAAA"}), Unusable::Type),
        (json!({"kty": "oct", "k": "c2VjcmV0"}), Unusable::Type),
        (json!({"kty": 7}), Unusable::Malformed),
        (json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"}), Unusable::Type),
    ] {
        assert_eq!(parse(&key).err(), Some(reason), "{key}");
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
        assert_eq!(parse(&without(jwk(algorithm), "alg")).unwrap().algorithm, implied, "{algorithm:?}");
    }
}

#[test]
fn numbers_at_their_limits_are_used() {
    let rs = jwk(SigningAlgorithm::Rs256);
    for key in [
        with(rs.clone(), "n", number([vec![0x80], vec![0xff; 255]].concat())),
        with(rs.clone(), "n", number([0xff; MAX_RSA_BYTES])),
        with(rs.clone(), "e", number([3])),
        with(rs.clone(), "e", number([0, 1, 0, 1])),
        with(rs, "e", number([1, 0xff, 0xff, 0xff, 0xff])),
    ] {
        assert!(parse(&key).is_ok(), "{key}");
    }
}

#[test]
fn points_under_which_anybody_can_sign_are_no_keys() {
    let ed = jwk(SigningAlgorithm::EdDsa);
    let hex =
        |text: &str| -> Vec<u8> { (0..32).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect() };
    let ones = "ff".repeat(30);
    for point in [
        "00".repeat(32),
        format!("01{}", "00".repeat(31)),
        format!("ec{ones}7f"),
        format!("ed{ones}7f"),
        format!("ee{ones}7f"),
        format!("ff{ones}7f"),
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05".to_owned(),
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a".to_owned(),
    ] {
        let mut point = hex(&point);
        for sign in [0, 0x80] {
            point[31] = point[31] & 0x7f | sign;
            let key = with(ed.clone(), "x", number(&point));
            assert_eq!(parse(&key).err(), Some(Unusable::SmallOrder), "{point:x?}");
        }
    }
    // Their neighbors are keys, as far as can be seen from here.
    for point in [format!("02{}", "00".repeat(31)), format!("eb{ones}7f"), format!("01{}01", "00".repeat(30))] {
        assert!(parse(&with(ed.clone(), "x", number(hex(&point)))).is_ok(), "{point}");
    }
}
