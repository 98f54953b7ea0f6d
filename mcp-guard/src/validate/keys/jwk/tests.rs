//! Usable keys, and the reasons to ignore others.

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

fn parse(jwk: &Value) -> Result<Key, UnusableKey> {
    Key::parse(jwk.as_object().unwrap(), Algorithm::ALL)
}

fn number(bytes: impl AsRef<[u8]>) -> Value {
    json!(URL_SAFE_NO_PAD.encode(bytes))
}

/// The number with an unused bit set.
fn with_unused_bit(text: &Value) -> Value {
    let mut text = text.as_str().unwrap().to_owned();
    let last = text.pop().unwrap();
    // The last character for 32 bytes encodes a multiple of four, so its successor only sets an unused bit.
    let next = match last {
        'Z' => 'a',
        'z' => '0',
        other => char::from(other as u8 + 1),
    };
    text.push(next);
    json!(text)
}

#[test]
fn unusable_keys_are_rejected() {
    let es = jwk(SigningAlgorithm::Es256);
    let rs = jwk(SigningAlgorithm::Rs256);
    let ed = jwk(SigningAlgorithm::EdDsa);
    for (key, reason) in [
        (with(es.clone(), "use", json!("enc")), UnusableKey::Encryption),
        (with(es.clone(), "key_ops", json!(["sign"])), UnusableKey::Use),
        (with(es.clone(), "alg", json!("ES384")), UnusableKey::Algorithm),
        (with(es.clone(), "alg", json!("RS256")), UnusableKey::Algorithm),
        (with(es.clone(), "alg", json!("HS256")), UnusableKey::Algorithm),
        (with(es.clone(), "crv", json!("P-521")), UnusableKey::Type),
        (with(es.clone(), "crv", json!("secp256k1")), UnusableKey::Type),
        (with(es.clone(), "x", json!("AAAA")), UnusableKey::Malformed),
        (without(es.clone(), "y"), UnusableKey::Malformed),
        (with(rs.clone(), "alg", json!("RSA-OAEP-256")), UnusableKey::Algorithm),
        (with(rs.clone(), "alg", json!("HS256")), UnusableKey::Algorithm),
        (with(rs.clone(), "n", number([0xff; 128])), UnusableKey::TooShort),
        (with(rs.clone(), "n", number([vec![0; 256], vec![0xff; 128]].concat())), UnusableKey::TooShort),
        (with(rs.clone(), "n", json!("")), UnusableKey::TooShort),
        (with(rs.clone(), "n", number([vec![0x7f], vec![0xff; 255]].concat())), UnusableKey::TooShort),
        (with(rs.clone(), "n", number([vec![1], vec![0xff; MAX_RSA_BYTES]].concat())), UnusableKey::TooLong),
        (with(rs.clone(), "n", number([0xff; 16_384 / 8])), UnusableKey::TooLong),
        (with(rs.clone(), "n", number([vec![0xff; 255], vec![0xfe]].concat())), UnusableKey::Exponent),
        (with(rs.clone(), "e", number([])), UnusableKey::Exponent),
        (with(rs.clone(), "e", number([0])), UnusableKey::Exponent),
        (with(rs.clone(), "e", number([1])), UnusableKey::Exponent),
        (with(rs.clone(), "e", number([2])), UnusableKey::Exponent),
        (with(rs.clone(), "e", number([1, 0, 0])), UnusableKey::Exponent),
        (with(rs.clone(), "e", number([2, 0, 0, 0, 1])), UnusableKey::Exponent),
        (with(rs.clone(), "e", number([0xff; 8])), UnusableKey::Exponent),
        (with(rs.clone(), "e", number([0xff; 256])), UnusableKey::Exponent),
        (with(rs.clone(), "e", json!("AQAB=")), UnusableKey::Malformed),
        (with(rs.clone(), "e", json!("AQ==")), UnusableKey::Malformed),
        (with(rs.clone(), "e", json!(65537)), UnusableKey::Malformed),
        (without(rs.clone(), "e"), UnusableKey::Malformed),
        (without(without(with(rs.clone(), "x5c", json!(["AAAA"])), "n"), "e"), UnusableKey::Malformed),
        (with(rs.clone(), "d", json!("AAAA")), UnusableKey::Private),
        (with(rs.clone(), "p", json!("AAAA")), UnusableKey::Private),
        (with(rs, "oth", json!([{"r": "AAAA"}])), UnusableKey::Private),
        (with(es.clone(), "d", json!("AAAA")), UnusableKey::Private),
        (with(es.clone(), "d", json!("")), UnusableKey::Private),
        (with(es.clone(), "alg", json!("none")), UnusableKey::Algorithm),
        (with(es.clone(), "alg", json!("")), UnusableKey::Algorithm),
        (with(es.clone(), "use", json!("")), UnusableKey::Use),
        (with(es.clone(), "use", json!("SIG")), UnusableKey::Use),
        (with(es.clone(), "kty", Value::Null), UnusableKey::Malformed),
        (with(es.clone(), "key_ops", json!("verify")), UnusableKey::Malformed),
        (with(es.clone(), "kid", json!(7)), UnusableKey::Malformed),
        (with(es.clone(), "kty", json!("ec")), UnusableKey::Type),
        (with(es.clone(), "x", with_unused_bit(&es["x"])), UnusableKey::Malformed),
        (with(es.clone(), "x", json!(format!("{}=", es["x"].as_str().unwrap()))), UnusableKey::Malformed),
        (with(es.clone(), "x", json!("+".repeat(42) + "A")), UnusableKey::Malformed),
        (with(es, "y", number([0; 33])), UnusableKey::Malformed),
        (with(ed.clone(), "x", json!("AAAA")), UnusableKey::Malformed),
        (with(ed.clone(), "x", with_unused_bit(&ed["x"])), UnusableKey::Malformed),
        (with(ed.clone(), "crv", json!("Ed448")), UnusableKey::Type),
        (with(ed.clone(), "crv", json!("X25519")), UnusableKey::Type),
        (with(ed, "alg", json!("ES256")), UnusableKey::Algorithm),
        (json!({"kty": "EC", "crv": "Ed25519", "x": "AAAA"}), UnusableKey::Type),
        (json!({"kty": "oct", "k": "c2VjcmV0"}), UnusableKey::Type),
        (json!({"kty": 7}), UnusableKey::Malformed),
        (json!({"kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA"}), UnusableKey::Type),
    ] {
        assert_eq!(parse(&key).err(), Some(reason), "{key}");
    }
}

#[test]
fn key_type_implies_algorithm() {
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
fn only_allowed_algorithm_of_the_type_is_implied() {
    let key = without(jwk(SigningAlgorithm::Rs256), "alg");
    let implied = |allowed: &[Algorithm]| Key::parse(key.as_object().unwrap(), allowed).map(|key| key.algorithm);
    for (allowed, expected) in [
        (Algorithm::DEFAULT, Ok(Algorithm::Rs256)),
        (&[Algorithm::Rs512], Ok(Algorithm::Rs512)),
        (&[Algorithm::Es256, Algorithm::Ps256], Ok(Algorithm::Ps256)),
        (&[Algorithm::Ps256, Algorithm::Ps384], Err(UnusableKey::NotAllowed)),
        (&[Algorithm::Es256], Err(UnusableKey::NotAllowed)),
    ] {
        assert_eq!(implied(allowed), expected, "{allowed:?}");
    }
}

/// Some issuers write every member of the format, and others write members for other purposes.
#[test]
fn legal_keys_of_providers_are_usable() {
    let absent = ["use", "key_ops", "alg", "kid", "d", "p", "q", "dp", "dq", "qi", "oth", "k", "x5u", "x5c", "x5t"];
    for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::Es256, SigningAlgorithm::EdDsa] {
        let jwk = jwk(algorithm);
        let nulls = absent.iter().fold(jwk.clone(), |jwk, member| with(jwk, member, Value::Null));
        let lists = ["key_ops", "x5c", "oth"].iter().fold(nulls.clone(), |jwk, member| with(jwk, member, json!([])));
        for key in [
            nulls,
            lists,
            without(without(jwk.clone(), "alg"), "use"),
            with(jwk.clone(), "key_ops", json!(["verify"])),
            with(jwk.clone(), "key_ops", json!(["sign", "verify"])),
            with(with(jwk.clone(), "x5c", json!(["MIIC+DCCAeCgAwIBAgIJ"])), "x5t", json!("NjVBRjY5MDlCMUIwNzU4")),
            with(with(jwk.clone(), "issuer", json!("https://login.example.com/{tenantid}/v2.0")), "cloud", json!("c")),
            with(with(jwk.clone(), "nbf", json!(1_493_763_266)), "exp", json!(4_102_444_800_u64)),
            with(jwk, "ext", json!(true)),
        ] {
            assert!(parse(&key).is_ok(), "{key}");
        }
    }
}

#[test]
fn numbers_at_limits_are_accepted() {
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
fn points_of_small_order_are_rejected() {
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
            assert_eq!(parse(&key).err(), Some(UnusableKey::SmallOrder), "{point:x?}");
        }
    }
    // Neighboring encodings are valid keys.
    for point in [format!("02{}", "00".repeat(31)), format!("eb{ones}7f"), format!("01{}01", "00".repeat(30))] {
        assert!(parse(&with(ed.clone(), "x", number(hex(&point)))).is_ok(), "{point}");
    }
}
