//! `private_key_jwt` (RFC 7523).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{DecodingKey, Validation};
use serde_json::json;

use super::keys::keys;
use super::*;
use crate::issuer::Algorithm;

async fn requests_with(credentials: impl Into<ClientAuthentication>, times: usize) -> Vec<mock::RecordedRequest> {
    let mock = Mock::start(Answer::json(&answer(json!({})))).await;
    let validator = Issuer::introspection(ISSUER, credentials).endpoint(mock.url()).audience(AUDIENCE);
    let validator = validator.cache_time(Duration::ZERO).connect(AUDIENCE).await.unwrap();
    for _ in 0..times {
        assert!(check(&validator, "token").await.is_ok());
    }
    mock.requests()
}

fn decoded(assertion: &str, algorithm: Algorithm, key: &DecodingKey, audience: &str) -> (jsonwebtoken::Header, Value) {
    let mut validation = Validation::new(algorithm.backend());
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    let token = jsonwebtoken::decode::<Value>(assertion, key, &validation).unwrap();
    (token.header, token.claims)
}

fn der(pem: &str) -> Vec<u8> {
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(base64).unwrap()
}

#[tokio::test]
async fn assertion_is_unique_and_signed_for_the_issuer() {
    for (algorithm, private, public) in keys() {
        for form in [private.as_bytes().to_vec(), der(private)] {
            let credentials = ClientAuthentication::private_key_jwt("todo", algorithm, form).key_id("k1");
            let requests = requests_with(credentials, 2).await;
            let mut ids = Vec::new();
            for request in &requests {
                assert_eq!(request.header("authorization"), None);
                assert_eq!(request.form("client_id"), ["todo"]);
                assert_eq!(
                    request.form("client_assertion_type"),
                    ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
                );
                let (header, claims) = decoded(&request.form("client_assertion")[0], algorithm, &public, ISSUER);
                assert_eq!(header.kid.as_deref(), Some("k1"));
                assert_eq!((&claims["iss"], &claims["sub"]), (&json!("todo"), &json!("todo")));
                assert_eq!(claims["aud"], ISSUER, "the issuer, as a string");
                assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 60);
                ids.push(claims["jti"].as_str().unwrap().to_owned());
            }
            assert_ne!(ids[0], ids[1], "{algorithm:?}");
        }
    }
}

#[tokio::test]
async fn assertion_audience_is_configurable() {
    let (algorithm, private, public) = keys().swap_remove(0);
    let credentials = ClientAuthentication::private_key_jwt("todo", algorithm, private);
    let requests = requests_with(credentials.assertion_audience("https://auth.example.com/token"), 1).await;
    let assertion = &requests[0].form("client_assertion")[0];
    let (header, _) = decoded(assertion, algorithm, &public, "https://auth.example.com/token");
    assert_eq!(header.kid, None);
}

#[tokio::test]
async fn mismatched_assertion_key_is_rejected() {
    let kinds = keys();
    for (algorithm, ..) in &kinds {
        for (of, private, _) in &kinds {
            let same = algorithm.family() == of.family();
            let credentials = ClientAuthentication::private_key_jwt("todo", *algorithm, *private);
            let built = ClientAuthentication::from(credentials).prepare(ISSUER);
            assert_eq!(built.is_ok(), same, "{algorithm:?} with a key for {of:?}");
        }
    }
    let (algorithm, private, _) = &kinds[0];
    let whole = der(private);
    for (case, broken) in [
        ("a public key", private.replace("PRIVATE", "PUBLIC").into_bytes()),
        ("the label of PKCS#1", private.replace("BEGIN PRIVATE", "BEGIN RSA PRIVATE").into_bytes()),
        ("cut off", whole[..whole.len() - 1].to_vec()),
        ("with trailing bytes", [whole.as_slice(), &[0]].concat()),
        ("nothing", Vec::new()),
        ("incomplete PEM", b"-----BEGIN".to_vec()),
    ] {
        let credentials = ClientAuthentication::private_key_jwt("todo", *algorithm, broken);
        let built = ClientAuthentication::from(credentials).prepare(ISSUER);
        assert!(built.is_err(), "{case}");
    }
}
