use serde_json::json;

use super::*;

const KEY: Thumbprint = [1; 32];
const CERTIFICATE: Thumbprint = [2; 32];

fn possession(key: bool, certificate: bool) -> Possession {
    Possession::new(key.then_some(KEY), certificate.then_some(CERTIFICATE))
}

fn outcome(confirmation: &Value, possession: &Possession) -> Result<(), InvalidToken> {
    check(&Map::from_iter([("cnf".to_owned(), confirmation.clone())]), possession)
}

#[test]
fn bound_token_requires_every_proof() {
    let (jkt, x5t) = (URL_SAFE_NO_PAD.encode(KEY), URL_SAFE_NO_PAD.encode(CERTIFICATE));
    let (nothing, key) = (possession(false, false), possession(true, false));
    let (certificate, both) = (possession(false, true), possession(true, true));
    let stolen = Err(InvalidToken::SenderConstrained);
    let unbound = Err(InvalidToken::NotBound);
    // The `cnf` claim, and the outcome if the caller proved: neither, the key, the certificate, both.
    for (confirmation, expected) in [
        (json!({"jkt": jkt}), [stolen, Ok(()), stolen, Ok(())]),
        (json!({"x5t#S256": x5t}), [stolen, stolen, Ok(()), unbound]),
        (json!({"jkt": jkt, "x5t#S256": x5t}), [stolen, stolen, stolen, Ok(())]),
        (json!({"jkt": x5t}), [stolen; 4]),
        (json!({"x5t#S256": jkt}), [stolen; 4]),
        (json!({"jkt": x5t, "x5t#S256": jkt}), [stolen; 4]),
        (json!({"jkt": jkt, "x5t#S256": jkt}), [stolen; 4]),
    ] {
        for (possession, expected) in [&nothing, &key, &certificate, &both].into_iter().zip(expected) {
            assert_eq!(outcome(&confirmation, possession), expected, "{confirmation}");
        }
    }
    for (possession, expected) in [(nothing, Ok(())), (key, unbound), (certificate, Ok(())), (both, unbound)] {
        assert_eq!(check(&Map::new(), &possession), expected, "an unbound token");
    }
}

#[test]
fn unknown_confirmations_are_rejected() {
    let jkt = URL_SAFE_NO_PAD.encode(KEY);
    let x5t = URL_SAFE_NO_PAD.encode(CERTIFICATE);
    for confirmation in [
        json!(null),
        json!({}),
        json!([]),
        json!(true),
        json!(7),
        json!(jkt),
        json!([{"jkt": jkt}]),
        json!({"jkt": null}),
        json!({"jkt": ""}),
        json!({"jkt": 7}),
        json!({"jkt": [jkt]}),
        json!({"jkt": format!("{jkt}=")}),
        json!({"jkt": &jkt[..42]}),
        json!({"jkt": URL_SAFE_NO_PAD.encode([1; 31])}),
        json!({"jkt": URL_SAFE_NO_PAD.encode([1; 33])}),
        json!({"JKT": jkt}),
        json!({"jwk": {"kty": "OKP", "crv": "Ed25519", "x": jkt}}),
        json!({"jwe": "x"}),
        json!({"kid": "x"}),
        json!({"jku": "https://h/jwks"}),
        json!({"x5t": x5t}),
        json!({"x5t#s256": x5t}),
        json!({"jkt": jkt, "kid": "x"}),
        json!({"jkt": jkt, "jwk": {}}),
        json!({"x5t#S256": x5t, "jku": "https://h/jwks"}),
        json!({"jkt": jkt, "x5t#S256": x5t, "": null}),
    ] {
        let outcome = outcome(&confirmation, &possession(true, true));
        assert_eq!(outcome, Err(InvalidToken::SenderConstrained), "{confirmation}");
    }
}
