//! The example keys of RFCs, from `testdata/rfc-examples.json`.

use serde_json::Value;

use super::{Algorithm, KeySet, install_crypto};

const EXAMPLES: &str = include_str!("../../../../testdata/rfc-examples.json");

/// Returns the algorithms that the keys with this `kid` can verify.
fn usable(set: &Value, id: Option<&str>) -> Vec<Algorithm> {
    install_crypto();
    let set = KeySet::parse(&set.to_string(), Algorithm::ALL).unwrap();
    Algorithm::ALL.iter().copied().filter(|algorithm| set.find(id, *algorithm).is_ok()).collect()
}

#[test]
fn rfc_example_keys_are_classified() {
    let examples: Value = serde_json::from_str(EXAMPLES).unwrap();
    let sets = examples["jwks"].as_object().unwrap();
    let bilbo = Some("bilbo.baggins@hobbiton.example");
    let table = [
        ("RFC 7517 A.1", Some("1"), &[][..]), // for encryption
        ("RFC 7517 A.1", Some("2011-04-29"), &[Algorithm::Rs256]),
        ("RFC 7517 A.2", Some("1"), &[]),          // private, and for encryption
        ("RFC 7517 A.2", Some("2011-04-29"), &[]), // private
        ("RFC 7517 A.3", Some("HMAC key used in JWS A.1 example"), &[]), // symmetric
        ("RFC 7517 A.3", None, &[]),
        ("RFC 7517 B", Some("1b94c"), &[Algorithm::Rs256]), // x5c is ignored
        ("RFC 8037 A.1", None, &[]),                        // private
        ("RFC 8037 A.2", None, &[Algorithm::EdDsa]),
        ("RFC 7520 3.1", bilbo, &[]), // P-521
        ("RFC 7520 3.2", bilbo, &[]), // P-521, private
        ("RFC 7520 3.3", bilbo, &[Algorithm::Rs256]),
        ("RFC 7520 3.4", bilbo, &[]),                                        // private
        ("RFC 7520 3.5", Some("018c0ae5-4d9b-471b-bfd6-eef314bc7037"), &[]), // symmetric
    ];
    for (name, id, expected) in table {
        assert_eq!(usable(&sets[name], id), expected, "{name} {id:?}");
    }
    assert!(sets.keys().all(|name| table.iter().any(|(known, ..)| known == name)), "every set has a row");
}
