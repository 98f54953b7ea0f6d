//! Bound tokens with routes and validators of an application.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{HeaderMap, Request, StatusCode};
use mcp_guard::layer::{AuthLayer, Challenger};
use mcp_guard::policy::Policy;
use mcp_guard::settings::Dpop;
use mcp_guard::token::{BearerToken, TokenError, TokenParts};
use mcp_guard::{Issuer, TokenValidator, ValidatedToken};
use mcp_guard_dev::{DevAuthServer, SigningAlgorithm, SigningKey};
use serde_json::json;
use tower::ServiceExt as _;

use crate::support::{Fixture, METADATA, builder};

fn key() -> SigningKey {
    SigningKey::generate(SigningAlgorithm::Es256)
}

/// A validator without any DPoP checks. It only returns the claims.
struct Trusting;

impl TokenValidator for Trusting {
    async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        let claims = match token.expose().strip_prefix("bound-") {
            Some(thumbprint) => serde_json::Map::from_iter([("cnf".to_owned(), json!({"jkt": thumbprint}))]),
            None => serde_json::Map::new(),
        };
        Ok(ValidatedToken::new(TokenParts { claims, ..TokenParts::default() }))
    }
}

#[tokio::test]
async fn custom_validator_requires_proof_of_bound_token() {
    let layer = AuthLayer::new(Trusting, Policy::default(), Challenger::new(METADATA));
    let app = routes().layer(layer.dpop(Dpop::optional(), "https://api.example.com/v1/").unwrap());
    let (key, thief) = (key(), key());
    let token = format!("bound-{}", key.kid());
    let proof =
        |token: &str, key: &SigningKey| key.proof("GET", "https://api.example.com/v1/me").access_token(token).sign();
    for (case, scheme, token, proof, status) in [
        ("a bound token with its proof", "DPoP", token.as_str(), Some(proof(&token, &key)), StatusCode::OK),
        ("of a thief", "DPoP", &token, Some(proof(&token, &thief)), StatusCode::UNAUTHORIZED),
        ("without one", "DPoP", &token, None, StatusCode::UNAUTHORIZED),
        ("as a bearer token", "Bearer", &token, Some(proof(&token, &key)), StatusCode::UNAUTHORIZED),
        ("an unbound token with a proof", "DPoP", "opaque", Some(proof("opaque", &key)), StatusCode::UNAUTHORIZED),
        ("an unbound token", "Bearer", "opaque", None, StatusCode::OK),
    ] {
        let mut request = Request::builder().uri("/me").header("authorization", format!("{scheme} {token}"));
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        let answer = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), status, "{case}");
    }
}

/// Returns whether the credentials are still in the headers of the request.
fn routes() -> Router {
    let seen = |headers: HeaderMap| async move {
        ["authorization", "dpop"].iter().any(|name| headers.contains_key(*name)).to_string()
    };
    Router::new().route("/me", get(seen))
}

#[tokio::test]
async fn layer_verifies_and_strips_proofs_for_its_base_url() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let validator = Issuer::jwt(issuer.issuer()).validator("https://api.example.com").await.unwrap();
    let layer = AuthLayer::new(validator, Policy::default(), Challenger::new(METADATA));
    let layer = layer.dpop(Dpop::required(), "https://api.example.com").unwrap();
    // `nest` strips the path prefix, and the base URL restores it.
    let nested = layer.clone().dpop(Dpop::required(), "https://api.example.com/v1").unwrap();
    let app = routes().layer(layer).nest("/v1", routes().layer(nested));
    let key = key();
    let token = issuer.token().audience("https://api.example.com").bound_to(&key).sign();
    for (path, url, status) in [
        ("/me", "https://api.example.com/me", StatusCode::OK),
        ("/v1/me", "https://api.example.com/v1/me", StatusCode::OK),
        ("/v1/me", "https://api.example.com/me", StatusCode::UNAUTHORIZED),
        ("/me", "https://todo.example.com/me", StatusCode::UNAUTHORIZED),
    ] {
        let proof = key.proof("GET", url).access_token(&token).sign();
        let request =
            Request::builder().uri(path).header("authorization", format!("DPoP {token}")).header("dpop", proof);
        let answer = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), status, "{path} {url}");
        if status.is_success() {
            let body = axum::body::to_bytes(answer.into_body(), 100).await.unwrap();
            assert_eq!(body, "false", "the credentials are removed from the headers");
        }
    }
}

#[tokio::test]
async fn invalid_dpop_settings_are_build_errors() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let server = builder(&issuer).dpop(Dpop::required().algorithms([])).tools(Fixture::default());
    let error = server.build().await.unwrap_err().to_string();
    assert_eq!(error, "invalid `Dpop::algorithms`: expected at least one algorithm");
    let validator = Issuer::jwt(issuer.issuer()).validator("x").await.unwrap();
    let layer = AuthLayer::new(validator, Policy::default(), Challenger::new(METADATA));
    let error = layer.dpop(Dpop::optional(), "api.example.com").unwrap_err().to_string();
    assert!(error.starts_with("invalid `AuthLayer::dpop` \"api.example.com\": expected the URL"), "{error}");
}
