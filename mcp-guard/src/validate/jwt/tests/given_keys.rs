//! Given keys: their validation and their use.

use futures::FutureExt as _;
use sha2::{Digest as _, Sha256};

use super::*;

const ISSUER: &str = "https://auth.example.com";

fn given(keys: &[Value]) -> Issuer<Jwt> {
    Issuer::jwt(ISSUER).audience(AUDIENCE).jwks(json!({ "keys": keys }).to_string())
}

/// Polls the future once: given keys need neither a runtime nor a network.
fn now_or_panic<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("given keys need no fetch")
}

fn build(builder: Issuer<Jwt>) -> JwtValidator {
    now_or_panic(builder.connect(AUDIENCE)).unwrap()
}

fn build_error(builder: Issuer<Jwt>) -> BuildError {
    now_or_panic(builder.connect(AUDIENCE)).map(drop).unwrap_err()
}

fn validate(validator: &JwtValidator, token: &str) -> Result<ValidatedToken, TokenError> {
    now_or_panic(check(validator, token))
}

fn by(key: &SigningKey) -> TokenBuilder {
    key.token(ISSUER).audience(AUDIENCE).scope("todo:read")
}

fn with(mut jwk: Value, member: &str, value: impl Into<Value>) -> Value {
    jwk[member] = value.into();
    jwk
}

#[test]
fn given_keys_need_no_network_and_never_expire() {
    let (key, other) = (SigningKey::generate(SigningAlgorithm::Es256), SigningKey::generate(SigningAlgorithm::Es256));
    let zero = Duration::ZERO;
    let builder = given(&[key.public_jwk()]).refresh_keys_after(zero).outage_grace(zero).refresh_cool_down(zero);
    let validator = build(builder);
    assert_eq!(validate(&validator, &by(&key).sign()).unwrap().issuer(), ISSUER);
    assert_eq!(validate(&validator, &by(&other).sign()).unwrap_err(), Invalid::UnknownKey.into());
    assert_eq!(
        validate(&validator, &by(&other).header("kid", key.kid()).sign()).unwrap_err(),
        Invalid::Signature.into()
    );
    assert_eq!(
        validate(&validator, &by(&key).claim("exp", unix_now() - 60).sign()).unwrap_err(),
        Invalid::Expired.into()
    );
    assert_eq!(validator.readiness(), Readiness { ready: true, keys_age: None, issuer_reachable: None });
}

#[tokio::test]
async fn issuer_with_given_keys_is_never_requested() {
    let issuer = issuer().await;
    let jwks = json!({"keys": [issuer.current_key().public_jwk()]});
    let zero = Duration::ZERO;
    let validator = validator(&issuer)
        .jwks(jwks.to_string())
        .refresh_keys_after(zero)
        .refresh_cool_down(zero)
        .connect(AUDIENCE)
        .await
        .unwrap();
    assert!(check(&validator, &good(&issuer).sign()).await.is_ok());
    issuer.rotate_key();
    assert_eq!(rejection(&validator, &good(&issuer).sign()).await, Invalid::UnknownKey);
    assert_eq!((issuer.metadata_fetches(), issuer.jwks_fetches()), (0, 0));
}

#[test]
fn unusable_key_set_is_rejected() {
    let jwk = || SigningKey::generate(SigningAlgorithm::Es256).public_jwk();
    for unusable in [
        String::new(),
        "{}".to_owned(),
        json!({"keys": []}).to_string(),
        json!([jwk()]).to_string(),
        jwk().to_string(),
        json!({"keys": [with(jwk(), "use", "enc")]}).to_string(),
        format!(r#"{{"keys":[{}],"keys":[]}}"#, jwk()),
        json!({"keys": [jwk()], "x": {"$serde_json::private::RawValue": "0"}}).to_string(),
    ] {
        let builder = Issuer::jwt(ISSUER).audience(AUDIENCE).jwks(unusable.clone());
        assert_eq!(build_error(builder).setting(), Setting::Jwks, "{unusable}");
    }
    let no_allowed_algorithm = given(&[jwk()]).algorithms([Algorithm::Rs256]);
    assert_eq!(build_error(no_allowed_algorithm).setting(), Setting::Jwks);
}

#[test]
fn only_matching_key_of_large_set_is_tried() {
    let keys: Vec<SigningKey> = (0..200).map(|_| SigningKey::generate(SigningAlgorithm::Es256)).collect();
    let jwks: Vec<Value> = keys.iter().map(SigningKey::public_jwk).collect();
    let validator = build(given(&jwks).cached_tokens(0));
    for (before, key) in keys.iter().enumerate() {
        assert_eq!(validator.keys.tried(), before);
        assert!(validate(&validator, &by(key).sign()).is_ok());
    }
    let stranger = SigningKey::generate(SigningAlgorithm::Es256);
    for (token, reason, tried) in [
        (by(&stranger).sign(), Invalid::UnknownKey, 200),
        (by(&stranger).without_header("kid").sign(), Invalid::UnknownKey, 200),
        (by(&keys[0]).without_header("kid").sign(), Invalid::UnknownKey, 200),
        (by(&keys[0]).header("alg", "RS256").sign(), Invalid::Algorithm, 200),
        (by(&stranger).header("kid", keys[7].kid()).sign(), Invalid::Signature, 201),
    ] {
        assert_eq!(validate(&validator, &token).unwrap_err(), reason.into());
        assert_eq!(validator.keys.tried(), tried, "{reason:?}");
    }
}

/// PKCS #1 v1.5 (RFC 8017 section 9.2) for SHA-256 and 2048 bits. With the exponent 1, the padded hash is its own
/// signature.
fn padded_hash(message: &str) -> Vec<u8> {
    let prefix = [
        0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04,
        0x20,
    ];
    let hash = Sha256::digest(message.as_bytes());
    [&[0, 1][..], &[0xff; 202], &[0], &prefix, &hash].concat()
}

#[test]
fn unusable_keys_in_set_verify_no_token() {
    let good = SigningKey::generate(SigningAlgorithm::Es256);
    let of = |algorithm| SigningKey::generate(algorithm);
    let jwk = |key: &SigningKey, kid: &str| with(key.public_jwk(), "kid", kid);
    let signed = |key: &SigningKey, kid: &str| by(key).header("kid", kid).sign();
    let (es, es384, rs, ed) = (
        of(SigningAlgorithm::Es256),
        of(SigningAlgorithm::Es384),
        of(SigningAlgorithm::Rs256),
        of(SigningAlgorithm::EdDsa),
    );
    let forged = |header: Value, sign: &dyn Fn(&str) -> Vec<u8>| {
        let unsigned = by(&good).sign();
        let claims = unsigned.split('.').nth(1).unwrap();
        let message = format!("{}.{claims}", part(&header));
        let signature = URL_SAFE_NO_PAD.encode(sign(&message));
        format!("{message}.{signature}")
    };
    let mut off_curve = URL_SAFE_NO_PAD.decode(es.public_jwk()["y"].as_str().unwrap()).unwrap();
    off_curve[31] ^= 1;
    let identity = URL_SAFE_NO_PAD.encode([&[1][..], &[0; 31]].concat());
    let typ = "at+jwt";
    // The defect, the key, a token that is valid if the key is used, and the expected error.
    let table = vec![
        ("another use", with(jwk(&es, "enc"), "use", "enc"), signed(&es, "enc"), Invalid::UnknownKey),
        ("no verify", with(jwk(&es, "ops"), "key_ops", json!(["sign"])), signed(&es, "ops"), Invalid::UnknownKey),
        ("another kty", with(jwk(&es, "kty"), "kty", "RSA"), signed(&es, "kty"), Invalid::UnknownKey),
        ("another crv", with(jwk(&es, "crv"), "crv", "secp256k1"), signed(&es, "crv"), Invalid::UnknownKey),
        ("P-521", with(jwk(&es384, "521"), "crv", "P-521"), signed(&es384, "521"), Invalid::UnknownKey),
        ("Ed448", with(jwk(&ed, "448"), "crv", "Ed448"), signed(&ed, "448"), Invalid::UnknownKey),
        ("X25519", with(jwk(&ed, "x"), "crv", "X25519"), signed(&ed, "x"), Invalid::UnknownKey),
        ("alg of a family", with(jwk(&es, "fam"), "alg", "RS256"), signed(&es, "fam"), Invalid::UnknownKey),
        ("alg none", with(jwk(&es, "none"), "alg", "none"), signed(&es, "none"), Invalid::UnknownKey),
        ("alg HS256", with(jwk(&rs, "hs"), "alg", "HS256"), signed(&rs, "hs"), Invalid::UnknownKey),
        ("alg of its family", with(jwk(&rs, "ps"), "alg", "PS256"), signed(&rs, "ps"), Invalid::Algorithm),
        ("a private half", with(jwk(&es, "d"), "d", "AAAA"), signed(&es, "d"), Invalid::UnknownKey),
        ("padded", with(jwk(&rs, "pad"), "e", "AQAB="), signed(&rs, "pad"), Invalid::UnknownKey),
        (
            "a certificate alone",
            json!({"kty": "RSA", "kid": "c", "x5c": ["AAAA"]}),
            signed(&rs, "c"),
            Invalid::UnknownKey,
        ),
        (
            "oct",
            json!({"kty": "oct", "kid": "oct", "k": "AAAA", "alg": "HS256"}),
            forged(json!({"alg": "HS256", "kid": "oct", "typ": typ}), &|message| Sha256::digest(message).to_vec()),
            Invalid::Algorithm,
        ),
        (
            "exponent 1",
            with(jwk(&rs, "e1"), "e", "AQ"),
            forged(json!({"alg": "RS256", "kid": "e1", "typ": typ}), &padded_hash),
            Invalid::UnknownKey,
        ),
        (
            "the neutral point",
            with(jwk(&ed, "one"), "x", identity),
            forged(json!({"alg": "EdDSA", "kid": "one", "typ": typ}), &|_| [&[1][..], &[0; 63]].concat()),
            Invalid::UnknownKey,
        ),
        // The pure Rust backend checks the point during verification.
        (
            "off the curve",
            with(jwk(&es, "off"), "y", URL_SAFE_NO_PAD.encode(off_curve)),
            signed(&es, "off"),
            if cfg!(feature = "aws-lc-rs") { Invalid::UnknownKey } else { Invalid::Signature },
        ),
    ];
    let mut keys: Vec<Value> = table.iter().map(|(_, key, ..)| key.clone()).collect();
    keys.extend([json!(7), json!(null), json!([]), json!({}), good.public_jwk()]);
    // Two keys with the same `kid`.
    keys.extend([jwk(&es, "twin"), jwk(&of(SigningAlgorithm::Es256), "twin")]);
    let validator = build(given(&keys));
    for (case, _, token, reason) in &table {
        assert_eq!(validate(&validator, token).unwrap_err(), (*reason).into(), "{case}");
    }
    assert_eq!(validate(&validator, &signed(&es, "twin")).unwrap_err(), Invalid::UnknownKey.into());
    assert!(validate(&validator, &by(&good).sign()).is_ok());
}
