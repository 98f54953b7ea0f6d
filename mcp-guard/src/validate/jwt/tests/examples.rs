//! Published tokens, of RFCs and of Project Wycheproof, through the whole validator.
//!
//! No example is an access token for this server, so all are rejected. The tests check the reason. An example with a
//! valid signature of a supported algorithm fails after the signature check. With one bit of the signature changed, it
//! fails at the signature check.

use super::*;

const RFC: &str = include_str!("../../../../testdata/rfc-examples.json");
const WYCHEPROOF: &str = include_str!("../../../../testdata/wycheproof-jws.json");

/// A validator for an issuer that publishes `jwk`. The key of the issuer itself has another algorithm. All algorithms
/// are allowed.
async fn validator_with_key(jwk: &Value) -> JwtValidator {
    let own = SigningKey::generate(SigningAlgorithm::Es384).public_jwk();
    let keys: Vec<&Value> = [&own, jwk].into_iter().filter(|jwk| !jwk.is_null()).collect();
    let all = [
        Algorithm::Rs256,
        Algorithm::Rs384,
        Algorithm::Rs512,
        Algorithm::Ps256,
        Algorithm::Ps384,
        Algorithm::Ps512,
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::EdDsa,
    ];
    Issuer::jwt("https://auth.example.com")
        .audience(AUDIENCE)
        .jwks(json!({"keys": keys}).to_string())
        .token_profile(TokenProfile::Jwt)
        .algorithms(all)
        .connect(AUDIENCE)
        .await
        .unwrap()
}

/// Returns whether the issuer signed the token, with the steps of [`JwtValidator::verify`].
async fn is_signed(validator: &JwtValidator, token: &str) -> bool {
    let Ok(jws) = Jws::parse(token) else { return false };
    let Some(algorithm) = jws.algorithm() else { return false };
    match validator.keys.key(jws.header().key_id(), algorithm).await {
        Ok(key) => key.algorithm() == algorithm && key.verifies(jws.signed(), jws.signature()),
        Err(_) => false,
    }
}

fn with_another_signature(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    bytes[0] ^= 1;
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes))
}

#[tokio::test]
async fn rfc_example_tokens_are_rejected() {
    let examples: Value = serde_json::from_str(RFC).unwrap();
    let examples = examples["jws"].as_array().unwrap();
    // The example, whether its signature is valid and supported, and the expected error.
    let table = [
        ("RFC 7515 A.1", false, Invalid::Algorithm), // HS256
        ("RFC 7515 A.2", true, Invalid::Issuer),     // RS256, of "joe"
        ("RFC 7515 A.3", true, Invalid::Issuer),     // ES256, of "joe"
        ("RFC 7515 A.4", false, Invalid::Algorithm), // ES512
        ("RFC 7515 A.5", false, Invalid::Malformed), // none, and no signature
        ("RFC 7515 A.6", false, Invalid::Malformed), // JSON serialization
        ("RFC 7515 A.7", false, Invalid::Malformed), // JSON serialization, flattened
        ("RFC 7515 E", false, Invalid::Malformed),   // none, crit, and no signature
        ("RFC 7520 4.1", true, Invalid::Malformed),  // RS256; no claims
        ("RFC 7520 4.2", true, Invalid::Malformed),  // PS384; no claims
        ("RFC 7520 4.3", false, Invalid::Algorithm), // ES512
        ("RFC 7520 4.4", false, Invalid::Algorithm), // HS256
        ("RFC 7520 4.5", false, Invalid::Malformed), // detached content
        ("RFC 7520 4.6", false, Invalid::Malformed), // JSON serialization
        ("RFC 7520 4.7", false, Invalid::Malformed), // JSON serialization, nothing protected
        ("RFC 7520 4.8", false, Invalid::Malformed), // JSON serialization, several signatures
        ("RFC 8037 A.4", true, Invalid::Malformed),  // EdDSA; no claims
    ];
    assert_eq!(examples.len(), table.len());
    for (example, (name, signed, reason)) in examples.iter().zip(table) {
        assert_eq!(example["example"], name);
        let token = example["jws"].as_str().unwrap();
        let mut jwk = example["key"].clone();
        if name == "RFC 7520 4.2" {
            // The RFC uses one key for two algorithms. RFC 8725 section 3.1 advises against that.
            assert_eq!(rejection(&validator_with_key(&jwk).await, token).await, Invalid::Algorithm);
            jwk["alg"] = json!("PS384");
        }
        let validator = validator_with_key(&jwk).await;
        assert_eq!(rejection(&validator, token).await, reason, "{name}");
        assert_eq!(is_signed(&validator, token).await, signed, "{name}");
        if signed {
            assert_eq!(rejection(&validator, &with_another_signature(token)).await, Invalid::Signature, "{name}");
        }
    }
}

#[tokio::test]
async fn unsigned_examples_are_rejected_with_any_signature() {
    for (claims, header) in [("{}", r#"{"alg":"none"}"#), ("FAIL", r#"{"alg":"none","crit":["x"],"x":true}"#)] {
        let token = format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let reason = if header.contains("crit") { Invalid::Critical } else { Invalid::Algorithm };
        assert_eq!(rejection(&validator_with_key(&Value::Null).await, &token).await, reason);
    }
}

#[tokio::test]
async fn wycheproof_tokens_are_rejected() {
    let document: Value = serde_json::from_str(WYCHEPROOF).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in document["testGroups"].as_array().unwrap() {
        let validator = validator_with_key(&group["public"]).await;
        for test in group["tests"].as_array().unwrap() {
            let token = test["jws"].as_str().unwrap();
            let signed = test["result"] == "valid";
            assert_eq!(is_signed(&validator, token).await, signed, "{} {}", test["tcId"], test["comment"]);
            *(if signed { &mut valid } else { &mut invalid }) += 1;
            // None of these payloads is a claims set.
            assert!(check(&validator, token).await.is_err());
        }
    }
    assert_eq!((valid, invalid), (1, 15));
}
