//! Parsing of key sets, and key lookup.

use mcp_guard_dev::{SigningAlgorithm, SigningKey};
use serde_json::{Value, json};

use super::*;

fn parse_set(document: &str) -> Option<KeySet> {
    KeySet::parse(document, Algorithm::ALL)
}

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
fn unusable_key_does_not_affect_the_set() {
    let good = SigningKey::generate(SigningAlgorithm::Es256);
    let document = json!({"keys": [{"kty": "oct", "k": "AAAA"}, 7, null, {}, good.public_jwk()]});
    let set = parse_set(&document.to_string()).unwrap();
    assert!(set.find(Some(good.kid()), Algorithm::Es256).is_ok());
}

#[test]
fn key_is_found_by_kid_and_algorithm() {
    let key = SigningKey::generate(SigningAlgorithm::Es256);
    let set = parse_set(&json!({"keys": [key.public_jwk()]}).to_string()).unwrap();
    assert!(set.find(Some(key.kid()), Algorithm::Es256).is_ok());
    assert!(matches!(set.find(Some(key.kid()), Algorithm::Rs256), Err(KeyError::OtherAlgorithm)));
    assert!(
        matches!(set.find(Some("another"), Algorithm::Es256), Err(KeyError::Unknown)),
        "a lone key is not for any kid"
    );
    assert!(set.find(None, Algorithm::Es256).is_ok());
    let two = json!({"keys": [key.public_jwk(), jwk(SigningAlgorithm::Es256)]});
    let two = parse_set(&two.to_string()).unwrap();
    assert!(matches!(two.find(None, Algorithm::Es256), Err(KeyError::Unknown)), "ambiguous");
}

#[test]
fn key_without_kid_serves_tokens_without_kid() {
    let nameless = without(jwk(SigningAlgorithm::Es256), "kid");
    let set = parse_set(&json!({"keys": [nameless]}).to_string()).unwrap();
    assert!(set.find(None, Algorithm::Es256).is_ok());
    assert!(matches!(set.find(None, Algorithm::Rs256), Err(KeyError::Unknown)));
    assert!(matches!(set.find(Some("any"), Algorithm::Es256), Err(KeyError::Unknown)));
}

#[test]
fn key_identity_includes_kid_algorithm_and_numbers() {
    let old = jwk(SigningAlgorithm::Rs256);
    let mut other_material = jwk(SigningAlgorithm::Rs256);
    other_material["kid"] = old["kid"].clone();
    for new in [with(old.clone(), "kid", json!("new")), with(old.clone(), "alg", json!("PS256")), other_material] {
        let first = parse_set(&json!({"keys": [old]}).to_string()).unwrap();
        let second = parse_set(&json!({"keys": [new]}).to_string()).unwrap().replacing(&first);
        assert!(first.keys[0].is_retired(), "{new}");
        assert!(!Arc::ptr_eq(&first.keys[0], &second.keys[0]), "{new}");
    }
}

#[test]
fn duplicate_members_are_rejected() {
    let key = SigningKey::generate(SigningAlgorithm::Es256);
    let jwk = key.public_jwk().to_string();
    let found = |document: String| parse_set(&document).map(|set| set.find(Some(key.kid()), Algorithm::Es256).is_ok());
    assert_eq!(found(format!(r#"{{"keys":[{jwk}]}}"#)), Some(true));
    assert_eq!(found(format!(r#"{{"keys":[{jwk}],"other":1}}"#)), Some(true));
    for member in [r#""kid":"x""#, r#""use":"enc""#, r#""k\u0069d":"x""#] {
        let repeated = format!("{{{member},{}", &jwk[1..]);
        assert_eq!(found(format!(r#"{{"keys":[{repeated}]}}"#)), Some(false), "{repeated}");
    }
    let repeated = format!(r#"{{"x-own":1,"x-own":1,{}"#, &jwk[1..]);
    assert_eq!(found(format!(r#"{{"keys":[{repeated}]}}"#)), Some(false), "{repeated}");
    for document in [
        format!(r#"{{"keys":[{jwk}],"keys":[{jwk}]}}"#),
        format!(r#"{{"keys":[],"k\u0065ys":[{jwk}]}}"#),
        format!(r#"{{"keys":[{jwk}],"other":1,"other":1}}"#),
    ] {
        assert_eq!(found(document), None, "the whole set is rejected");
    }
}

#[test]
fn invalid_key_sets_are_rejected() {
    let jwk = jwk(SigningAlgorithm::Es256);
    for document in [
        json!([jwk]).to_string(),
        json!({"keys": jwk}).to_string(),
        json!({"keys": null}).to_string(),
        json!({}).to_string(),
        jwk.to_string(),
        String::new(),
    ] {
        assert!(parse_set(&document).is_none(), "{document}");
    }
}

#[test]
fn duplicate_kid_identifies_no_key() {
    let (one, other) = (SigningKey::generate(SigningAlgorithm::Es256), jwk(SigningAlgorithm::Es256));
    let namesake = with(other, "kid", json!(one.kid()));
    let good = SigningKey::generate(SigningAlgorithm::Es256);
    let set = json!({"keys": [one.public_jwk(), good.public_jwk(), namesake]});
    let set = parse_set(&set.to_string()).unwrap();
    assert!(matches!(set.find(Some(one.kid()), Algorithm::Es256), Err(KeyError::Unusable)));
    assert_eq!(
        set.ignored.iter().map(|key| (key.index, key.reason)).collect::<Vec<_>>(),
        [0, 2].map(|at| (at, UnusableKey::Ambiguous))
    );
    assert!(set.find(Some(good.kid()), Algorithm::Es256).is_ok());

    let twice = parse_set(&json!({"keys": [one.public_jwk(), one.public_jwk()]}).to_string()).unwrap();
    assert!(twice.find(Some(one.kid()), Algorithm::Es256).is_ok(), "a duplicate of the same key");
    assert!(twice.find(None, Algorithm::Es256).is_ok());

    let rsa = with(jwk(SigningAlgorithm::Rs256), "kid", json!(one.kid()));
    let kinds = parse_set(&json!({"keys": [one.public_jwk(), rsa]}).to_string()).unwrap();
    assert!(
        kinds.find(Some(one.kid()), Algorithm::Es256).is_ok(),
        "RFC 7517 section 4.5: keys of different types may share a kid"
    );
    assert!(kinds.find(Some(one.kid()), Algorithm::Rs256).is_ok());
}

#[test]
fn key_set_size_is_limited() {
    let jwk = jwk(SigningAlgorithm::Es256);
    let set = |count: usize| {
        let keys: Vec<Value> = (0..count).map(|i| with(jwk.clone(), "kid", json!(i.to_string()))).collect();
        parse_set(&json!({ "keys": keys }).to_string())
    };
    assert_eq!(set(MAX_KEYS).unwrap().keys.len(), MAX_KEYS);
    assert!(set(MAX_KEYS + 1).is_none());
}

#[test]
fn withdrawn_key_is_retired() {
    let (stays, goes) = (jwk(SigningAlgorithm::Es256), jwk(SigningAlgorithm::Es256));
    let first = parse_set(&json!({"keys": [stays, goes]}).to_string()).unwrap();
    let second = parse_set(&json!({"keys": [stays]}).to_string()).unwrap().replacing(&first);
    assert!(Arc::ptr_eq(&first.keys[0], &second.keys[0]));
    assert!(!first.keys[0].is_retired());
    assert!(first.keys[1].is_retired());
}

#[test]
fn kid_of_an_unusable_key_is_not_unknown() {
    let (good, enc) = (jwk(SigningAlgorithm::Es256), with(jwk(SigningAlgorithm::Rs256), "use", json!("enc")));
    let p521 = json!({"kty": "EC", "crv": "P-521", "kid": "p521", "x": "AAAA", "y": "AAAA"});
    let nameless = json!({"kty": "oct", "k": "AAAA"});
    let keys = json!({"keys": [good, enc, p521, nameless, with(enc.clone(), "kid", good["kid"].clone())]});
    let set = parse_set(&keys.to_string()).unwrap();
    for kid in [enc["kid"].as_str(), Some("p521")] {
        assert!(matches!(set.find(kid, Algorithm::Rs256), Err(KeyError::Unusable)), "{kid:?}");
    }
    assert!(matches!(set.find(Some("other"), Algorithm::Rs256), Err(KeyError::Unknown)));
    assert!(set.find(good["kid"].as_str(), Algorithm::Es256).is_ok(), "another key has the same kid");
    let ignored: Vec<_> = set.ignored.iter().map(|key| (key.index, key.reason)).collect();
    let (enc, unsupported) = (UnusableKey::Encryption, UnusableKey::Type);
    assert_eq!(ignored, [(1, enc), (2, unsupported), (3, unsupported), (4, enc)]);
}

#[test]
fn key_must_have_an_allowed_algorithm() {
    let rs512 = with(jwk(SigningAlgorithm::Rs256), "alg", json!("RS512"));
    let set = KeySet::parse(&json!({"keys": [rs512]}).to_string(), Algorithm::DEFAULT).unwrap();
    assert!(set.is_empty() && set.ignored[0].reason == UnusableKey::NotAllowed);
}

#[test]
fn ignored_key_is_compared_by_kid_or_position() {
    let key = |id: Option<&str>, index, reason| IgnoredKey { id: id.map(str::to_owned), index, reason };
    let (named, nameless) = (key(Some("a"), 1, UnusableKey::Type), key(None, 1, UnusableKey::Type));
    assert!(named.is_same_as(&key(Some("a"), 2, UnusableKey::Type)), "keys before it were removed");
    assert!(!named.is_same_as(&key(Some("b"), 1, UnusableKey::Type)));
    assert!(!named.is_same_as(&key(Some("a"), 1, UnusableKey::Use)));
    assert!(nameless.is_same_as(&nameless) && !nameless.is_same_as(&key(None, 2, UnusableKey::Type)));
}
