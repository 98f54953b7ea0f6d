use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::algorithm::SigningAlgorithm;

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn default_proof_matches_rfc_9449() {
    let key = SigningKey::generate(SigningAlgorithm::Es256);
    // The access token and the `ath` hash of RFC 9449 §7.1.
    let proof = key
        .proof("GET", "https://resource.example.org/protectedresource")
        .access_token("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU");
    let proof = proof.sign();
    let (header, claims) = (part(&proof, 0), part(&proof, 1));
    assert_eq!(header, json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": key.bare_jwk() }));
    assert_eq!(claims["htm"], "GET");
    assert_eq!(claims["htu"], "https://resource.example.org/protectedresource");
    assert_eq!(claims["ath"], "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
    assert!(claims["iat"].is_i64() && claims["jti"].is_string());
    assert!(claims.get("nonce").is_none());
}

#[test]
fn every_proof_part_can_be_replaced_or_removed() {
    let key = SigningKey::generate(SigningAlgorithm::EdDsa);
    let proof = key
        .proof("GET", "https://api.example")
        .issued_at(7)
        .nonce("n")
        .claim("htm", 1)
        .without("jti")
        .header("typ", "JWT")
        .without_header("alg")
        .jwk_member("d", "secret")
        .sign();
    assert_eq!(part(&proof, 1), json!({ "htm": 1, "htu": "https://api.example", "iat": 7, "nonce": "n" }));
    let mut jwk = key.bare_jwk();
    jwk["d"] = json!("secret");
    assert_eq!(part(&proof, 0), json!({ "typ": "JWT", "jwk": jwk }));
}

#[test]
fn bound_token_contains_thumbprint() {
    let key = SigningKey::generate(SigningAlgorithm::Es256);
    let bound = key.token("https://issuer.example").bound_to(&key).sign();
    assert_eq!(part(&bound, 1)["cnf"], json!({ "jkt": key.kid() }));
    let thumbprint = base64url(digest(&SHA256, b"der"));
    let bound = key.token("https://issuer.example").bound_to_certificate(b"der");
    assert_eq!(part(&bound.clone().sign(), 1)["cnf"], json!({ "x5t#S256": thumbprint }));
    let both = bound.bound_to(&key).sign();
    assert_eq!(part(&both, 1)["cnf"], json!({ "jkt": key.kid(), "x5t#S256": thumbprint }));
}
