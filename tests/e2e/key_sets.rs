//! Key sets as providers publish them, in a whole server.

use std::time::Duration;

use http::StatusCode;
use mcp_guard::Issuer;
use mcp_guard_dev::{DevAuthServer, SigningAlgorithm, SigningKey};
use serde_json::json;

use crate::logs::logged;
use crate::support::{RESOURCE, Server, builder_with};

#[test]
fn unusable_keys_are_logged_once_and_rejected_steadily() {
    let (fetches, log) = logged(async {
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let mut encryption = SigningKey::generate(SigningAlgorithm::Rs256).public_jwk();
        encryption["use"] = "enc".into();
        encryption["kid"] = "realm-enc".into();
        issuer.publish_jwk(encryption);
        issuer.publish_jwk(json!({"kty": "EC", "crv": "P-521", "kid": "realm-p521", "x": "AAAA", "y": "AAAA"}));
        issuer.publish_jwk(json!({"kty": "oct", "k": "S3CRET"}));
        // Fetches of unknown keys are not limited, so that the keys are fetched often.
        let jwt = Issuer::jwt(issuer.issuer()).refresh_cool_down(Duration::ZERO);
        let server = Server::trusting(issuer, builder_with(jwt)).await;
        let token = |kid: &str| server.token_builder("todo:read").header("kid", kid).sign();
        for _ in 0..5 {
            assert_eq!(server.call("read", &token("unknown")).await.status, StatusCode::UNAUTHORIZED);
        }
        let fetches = server.issuer.jwks_fetches();
        for kid in ["realm-enc", "realm-p521"] {
            for _ in 0..20 {
                assert_eq!(server.call("read", &token(kid)).await.status, StatusCode::UNAUTHORIZED, "{kid}");
            }
        }
        assert_eq!(server.issuer.jwks_fetches(), fetches, "fetching again would not help");
        assert_eq!(server.call("read", &server.token("todo:read")).await.status, StatusCode::OK);
        fetches
    });
    assert_eq!(fetches, 6);
    let lines = |level: &str, key: &str| {
        log.lines()
            .filter(|line| line.contains(level) && line.contains("issuer key ignored") && line.contains(key))
            .count()
    };
    for (level, key) in
        [("WARN", "realm-p521"), ("WARN", "unsupported kty or crv"), ("WARN", "index=3"), ("DEBUG", "realm-enc")]
    {
        let expected = if key == "unsupported kty or crv" { 2 } else { 1 };
        assert_eq!(lines(level, key), expected, "{level} {key}: {log}");
    }
    assert!(!log.contains("S3CRET"));
}

/// Keycloak's default realm keys, and a preset whose keys have an internal URL.
#[tokio::test]
async fn preset_uses_internal_key_url() {
    let issuer = DevAuthServer::builder().algorithm(SigningAlgorithm::Rs256).start().await.unwrap();
    let public = "https://sso.example.com/realms/acme";
    let mut encryption = SigningKey::generate(SigningAlgorithm::Rs256).public_jwk();
    for (name, value) in [("use", json!("enc")), ("alg", json!("RSA-OAEP")), ("x5c", json!(["MIICmzCCAYMCBgGY"]))] {
        encryption[name] = value;
    }
    issuer.publish_jwk(encryption);
    let keycloak = mcp_guard::Provider::KEYCLOAK.issuer(public).jwks_uri(issuer.jwks_uri());
    let token = issuer.token().claim("iss", public).audience(RESOURCE).scope("todo:read").header("typ", "JWT");
    let internal = issuer.token().audience(RESOURCE).scope("todo:read").sign();
    let token = token.claim("typ", "Bearer").claim("azp", "todo-app").sign();
    let server = Server::trusting(issuer, builder_with(keycloak)).await;
    assert_eq!(server.call("read", &token).await.status, StatusCode::OK);
    assert_eq!(server.call("read", &internal).await.status, StatusCode::UNAUTHORIZED, "the issuer is the public name");
    assert_eq!(server.issuer.metadata_fetches(), 0);
}
