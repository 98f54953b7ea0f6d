use jsonwebtoken::errors::Error;
use jsonwebtoken::jwk::{Jwk, JwkSet, ThumbprintHash};
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use mcp_guard_dev::{DevAuthServer, SigningAlgorithm};
use serde_json::{Value, json};

use crate::support::{RESOURCE, body, get, granted, start, started};

async fn published(server: &DevAuthServer) -> Vec<Value> {
    let document = body(get(server.jwks_uri()).await).await;
    document["keys"].as_array().expect("a JWK set has keys").clone()
}

async fn kids(server: &DevAuthServer) -> Vec<Value> {
    published(server).await.iter().map(|jwk| jwk["kid"].clone()).collect()
}

/// Verifies a token like a resource server, with the key of its `kid`.
fn verified(token: &str, set: &JwkSet, issuer: &str) -> Result<Value, Error> {
    let header = decode_header(token)?;
    let jwk: &Jwk = set.find(header.kid.as_deref().expect("the token names its key")).expect("the key is published");
    assert_eq!(jwk.common.key_algorithm.map(|algorithm| algorithm.to_string()), Some(format!("{:?}", header.alg)));
    let thumbprint = jwk.thumbprint(ThumbprintHash::SHA256)?;
    assert_eq!(jwk.common.key_id.as_ref(), Some(&thumbprint), "the kid is not the RFC 7638 thumbprint");
    let mut validation = Validation::new(header.alg);
    validation.set_audience(&[RESOURCE]);
    validation.set_issuer(&[issuer]);
    decode(token, &DecodingKey::from_jwk(jwk)?, &validation).map(|token| token.claims)
}

#[tokio::test]
async fn token_of_every_algorithm_verifies_with_published_key() {
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
    for algorithm in [
        SigningAlgorithm::Rs256,
        SigningAlgorithm::Ps256,
        SigningAlgorithm::Es256,
        SigningAlgorithm::Es384,
        SigningAlgorithm::EdDsa,
    ] {
        let server = started(DevAuthServer::builder().algorithm(algorithm)).await;
        let set: JwkSet = get(server.jwks_uri()).await.json().await.unwrap();
        let pairs = [("grant_type", "client_credentials"), ("client_id", "c"), ("resource", RESOURCE)];
        let issued = granted(&server, &pairs).await["access_token"].as_str().unwrap().to_owned();
        let built = server.token().audience(RESOURCE).sign();
        for token in [&issued, &built] {
            assert_eq!(decode_header(token).unwrap().typ.as_deref(), Some("at+jwt"));
            let claims = verified(token, &set, server.issuer()).unwrap_or_else(|error| panic!("{algorithm}: {error}"));
            assert_eq!(claims["iss"], server.issuer());
        }

        let (message, signature) = built.rsplit_once('.').unwrap();
        let first = if signature.starts_with('A') { "B" } else { "A" };
        let forged = format!("{message}.{first}{}", &signature[1..]);
        assert!(verified(&forged, &set, server.issuer()).is_err(), "{algorithm} accepts any signature");
    }
}

#[tokio::test]
async fn rotation_replaces_the_published_key() {
    let server = start().await;
    let old = server.current_key();
    assert_eq!(kids(&server).await, [old.kid()]);
    server.rotate_key();
    let new = server.current_key();
    assert_ne!(old.kid(), new.kid());
    assert_eq!(old.algorithm(), new.algorithm());
    assert_eq!(kids(&server).await, [new.kid()]);
    assert_eq!(decode_header(server.token().sign()).unwrap().kid.as_deref(), Some(new.kid()));
}

#[tokio::test]
async fn added_key_signs_and_old_key_stays_published() {
    let server = start().await;
    let old = server.current_key();
    server.add_key();
    let new = server.current_key();
    assert_eq!(kids(&server).await, [old.kid(), new.kid()]);
    assert_eq!(decode_header(server.token().sign()).unwrap().kid.as_deref(), Some(new.kid()));
    server.retire_key(old.kid());
    assert_eq!(kids(&server).await, [new.kid()]);
}

#[tokio::test]
async fn any_value_can_be_published_as_key() {
    let server = start().await;
    server.publish_jwk(json!({ "kty": "oct", "k": "c2VjcmV0" }));
    server.publish_jwk("garbage");
    assert_eq!(published(&server).await[1..], [json!({ "kty": "oct", "k": "c2VjcmV0" }), json!("garbage")]);
}
