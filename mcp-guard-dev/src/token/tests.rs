use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::algorithm::SigningAlgorithm;

fn builder() -> TokenBuilder {
    SigningKey::generate(SigningAlgorithm::EdDsa).token("https://issuer.example")
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn claims(builder: TokenBuilder) -> Value {
    part(&builder.sign(), 1)
}

#[test]
fn default_token_matches_rfc_9068() {
    let token = builder().audience("https://api.example").scope("a b").sign();
    let (header, claims) = (part(&token, 0), part(&token, 1));
    assert_eq!(header["typ"], "at+jwt");
    assert_eq!(header["alg"], "EdDSA");
    assert!(header["kid"].is_string());
    assert_eq!(claims["iss"], "https://issuer.example");
    assert_eq!(claims["sub"], "alice");
    assert_eq!(claims["client_id"], "dev-client");
    assert_eq!(claims["aud"], "https://api.example");
    assert_eq!(claims["scope"], "a b");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3600);
    assert!(claims["jti"].is_string());
    assert!(claims.get("nbf").is_none());
}

#[test]
fn every_token_has_a_unique_jti() {
    assert_ne!(claims(builder())["jti"], claims(builder())["jti"]);
}

#[test]
fn last_call_for_a_claim_wins() {
    assert_eq!(claims(builder().issued_at(100).expires_in(5))["exp"], 105);
    assert_eq!(claims(builder().expires_in(5).issued_at(100))["exp"], 105);
    assert_eq!(claims(builder().expires_in(5).claim("exp", "soon"))["exp"], "soon");
    assert_eq!(claims(builder().without("exp").issued_at(100).expires_in(5))["exp"], 105);
    assert_eq!(claims(builder().scope("a").without("scope").scope("b"))["scope"], "b");
    assert!(claims(builder().without("exp")).get("exp").is_none());
    assert!(claims(builder().scope("a").without("scope")).get("scope").is_none());
}

#[test]
fn any_claim_accepts_any_json() {
    assert_eq!(claims(builder().claim("sub", 42))["sub"], 42);
    assert_eq!(claims(builder().claim("scope", vec!["a", "b"]))["scope"], json!(["a", "b"]));
    assert_eq!(claims(builder().audiences(["a"]))["aud"], json!(["a"]));
}

#[test]
fn any_header_can_be_replaced_or_removed() {
    let token = builder().header("alg", "none").header("crit", json!(["x"])).without_header("kid").sign();
    assert_eq!(part(&token, 0), json!({ "typ": "at+jwt", "alg": "none", "crit": ["x"] }));
}
