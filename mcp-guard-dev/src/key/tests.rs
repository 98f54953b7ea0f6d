use super::*;

#[test]
fn every_algorithm_has_its_jwk_members() {
    let table = [
        (SigningAlgorithm::Rs256, "RSA", None, &["n", "e"][..]),
        (SigningAlgorithm::Ps256, "RSA", None, &["n", "e"]),
        (SigningAlgorithm::Es256, "EC", Some("P-256"), &["x", "y"]),
        (SigningAlgorithm::Es384, "EC", Some("P-384"), &["x", "y"]),
        (SigningAlgorithm::EdDsa, "OKP", Some("Ed25519"), &["x"]),
    ];
    for (algorithm, kty, curve, members) in table {
        let jwk = SigningKey::generate(algorithm).public_jwk();
        assert_eq!(jwk["kty"], kty);
        assert_eq!(jwk.get("crv").and_then(Value::as_str), curve);
        assert_eq!(jwk["use"], "sig");
        assert_eq!(jwk["alg"], algorithm.name());
        for member in members {
            assert!(jwk[member].as_str().is_some_and(|value| !value.is_empty()), "{algorithm} has no {member}");
        }
        assert!(jwk.get("d").is_none(), "{algorithm} publishes its private key");
    }
}

#[test]
fn debug_redacts_private_key() {
    let key = SigningKey::generate(SigningAlgorithm::EdDsa);
    assert_eq!(
        format!("{key:?}"),
        format!("SigningKey {{ algorithm: EdDsa, kid: {:?}, private: \"[redacted]\" }}", key.kid())
    );
}

#[test]
fn raw_signature_covers_unchanged_input() {
    let key = SigningKey::generate(SigningAlgorithm::EdDsa);
    let token = key.sign_raw(&json!({ "alg": "none" }), b"not json");
    let (message, signature) = token.rsplit_once('.').unwrap();
    assert_eq!(message, format!("{}.{}", base64url(r#"{"alg":"none"}"#), base64url("not json")));
    assert_eq!(signature, base64url(key.0.pair.sign(message.as_bytes()).unwrap()));
}

#[test]
fn generated_keys_have_different_kids() {
    let [one, other] = [(); 2].map(|()| SigningKey::generate(SigningAlgorithm::Es256));
    assert_ne!(one.kid(), other.kid());
}
