use serde_json::json;

use super::*;
use crate::algorithm::SigningAlgorithm;
use crate::key::SigningKey;
use crate::proof::ProofBuilder;

const URL: &str = "http://127.0.0.1:8081/token";

fn outcome(proofs: &[String]) -> Result<Option<String>, OAuthError> {
    let mut headers = HeaderMap::new();
    for proof in proofs {
        headers.append("dpop", proof.parse().unwrap());
    }
    proof_key(&headers, URL)
}

#[test]
fn proof_of_every_algorithm_is_verified() {
    let algorithms = [
        SigningAlgorithm::Es256,
        SigningAlgorithm::Es384,
        SigningAlgorithm::EdDsa,
        SigningAlgorithm::Ps256,
        SigningAlgorithm::Rs256,
    ];
    assert_eq!(algorithms.map(SigningAlgorithm::name), ALGORITHMS);
    for algorithm in algorithms {
        let key = SigningKey::generate(algorithm);
        assert_eq!(outcome(&[key.proof("POST", URL).sign()]), Ok(Some(key.kid().to_owned())), "{algorithm}");
    }
    assert_eq!(outcome(&[]), Ok(None));
}

#[test]
fn each_broken_proof_rule_is_rejected() {
    let [key, other] = [(); 2].map(|()| SigningKey::generate(SigningAlgorithm::Es256));
    let good = || key.proof("POST", URL);
    let table: Vec<(&str, ProofBuilder)> = vec![
        ("typ", good().header("typ", "JWT")),
        ("alg none", good().header("alg", "none")),
        ("alg of another family", good().header("alg", "RS256")),
        ("no jwk", good().without_header("jwk")),
        ("private jwk", good().jwk_member("d", "AAAA")),
        ("another's jwk", good().header("jwk", other.public_jwk())),
        ("htm", good().claim("htm", "GET")),
        ("htu", good().claim("htu", "http://127.0.0.1:8081/other")),
        ("old", good().issued_at(unix_now() - 70)),
        ("from the future", good().issued_at(unix_now() + 90)),
        ("no iat", good().without("iat")),
        ("no jti", good().without("jti")),
        ("jti as a number", good().claim("jti", json!(7))),
    ];
    for (case, proof) in table {
        let error = outcome(&[proof.sign()]).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidDpopProof, "{case}");
    }
    for proofs in [vec![good().sign(), good().sign()], vec!["garbage".to_owned()], vec![String::new()]] {
        assert_eq!(outcome(&proofs).unwrap_err().code, ErrorCode::InvalidDpopProof);
    }
}
