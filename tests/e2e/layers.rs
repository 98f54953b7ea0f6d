//! The layers alone, with routes of an application.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{Request, StatusCode};
use mcp_guard::layer::{AuthLayer, Challenger};
use mcp_guard::policy::{Hierarchy, Policy};
use mcp_guard::{Claims, Issuer, Scope, ValidatedToken};
use mcp_guard_dev::DevAuthServer;
use tower::ServiceExt as _;

const AUDIENCE: &str = "https://api.example.com";

#[derive(serde::Deserialize)]
struct Tenant {
    tenant: String,
}

fn routes() -> Router {
    Router::new()
        .route("/me", get(|token: ValidatedToken| async move { token.subject().to_owned() }))
        .route("/maybe", get(|token: Option<ValidatedToken>| async move { token.is_some().to_string() }))
        .route("/tenant", get(|Claims(tenant): Claims<Tenant>| async move { tenant.tenant }))
        .route(
            "/headers",
            get(|headers: http::HeaderMap| async move { headers.contains_key("authorization").to_string() }),
        )
}

async fn send(router: &Router, path: &str, token: Option<&str>) -> (StatusCode, String) {
    let mut request = Request::builder().uri(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let response = router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn axum_handlers_extract_tokens_and_claims() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let validator = Issuer::jwt(issuer.issuer()).validator(AUDIENCE).await.unwrap();
    let app = routes().layer(AuthLayer::new(validator, Policy::default(), Challenger::new(AUDIENCE)));
    let token = issuer.token().audience(AUDIENCE).subject("alice").claim("tenant", "acme").sign();
    let ok = |text: &str| (StatusCode::OK, text.to_owned());
    assert_eq!(send(&app, "/me", Some(&token)).await, ok("alice"));
    assert_eq!(send(&app, "/maybe", Some(&token)).await, ok("true"));
    assert_eq!(send(&app, "/tenant", Some(&token)).await, ok("acme"));
    assert_eq!(send(&app, "/headers", Some(&token)).await, ok("false"), "the token is removed from the headers");
    assert_eq!(send(&app, "/me", None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(send(&app, "/maybe", Some("garbage")).await.0, StatusCode::UNAUTHORIZED);
    let without = app.clone().oneshot(Request::builder().uri("/me").body(Body::empty()).unwrap()).await.unwrap();
    let challenge = without.headers()["www-authenticate"].to_str().unwrap();
    assert_eq!(challenge, format!("Bearer resource_metadata=\"{AUDIENCE}\""));
}

#[tokio::test]
async fn claims_extractor_separates_missing_and_ill_typed_claims() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let validator = Issuer::jwt(issuer.issuer()).validator(AUDIENCE).await.unwrap();
    let policy = Policy::new(Scope::from_static("api:use").into(), Hierarchy::default(), true);
    let app = routes().layer(AuthLayer::new(validator, policy, Challenger::new(AUDIENCE)));
    let token = || issuer.token().audience(AUDIENCE).scope("api:use").claim("S3CRET", "S3CRET");
    let lacks = (StatusCode::UNAUTHORIZED, "the access token lacks the required claim `tenant`");
    let ill_typed = (StatusCode::INTERNAL_SERVER_ERROR, "The server cannot read the claims of the access token");
    for (case, token, (status, text)) in [
        ("there", token().claim("tenant", "acme"), (StatusCode::OK, "acme")),
        ("missing", token(), lacks),
        ("missing, another claim in its place", token().claim("Tenant", "S3CRET"), lacks),
        ("null, which is missing", token().claim("tenant", serde_json::Value::Null), lacks),
        ("a number", token().claim("tenant", 7), ill_typed),
        ("a list", token().claim("tenant", serde_json::json!(["S3CRET"])), ill_typed),
        ("an object", token().claim("tenant", serde_json::json!({"tenant": "S3CRET"})), ill_typed),
    ] {
        let request = Request::builder().uri("/tenant").header("authorization", format!("Bearer {}", token.sign()));
        let answer = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), status, "{case}");
        let challenge = answer.headers().get("www-authenticate").map(|challenge| challenge.to_str().unwrap());
        let expected = (status == StatusCode::UNAUTHORIZED).then(|| {
            format!(
                "Bearer error=\"invalid_token\", scope=\"api:use\", resource_metadata=\"{AUDIENCE}\", \
                 error_description=\"The access token has expired or is not valid for this server\""
            )
        });
        assert_eq!(challenge, expected.as_deref(), "{case}");
        let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
        if status == StatusCode::OK {
            assert_eq!(body, text, "{case}");
        } else {
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["error_description"], text, "{case}");
        }
    }
    // Without the baseline, the missing scope is reported, regardless of the claims.
    let (status, _) = send(&app, "/tenant", Some(&issuer.token().audience(AUDIENCE).sign())).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn token_extractor_requires_the_baseline() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let validator = Issuer::jwt(issuer.issuer()).validator(AUDIENCE).await.unwrap();
    let baseline = Scope::from_static("api:use").into();
    let policy = Policy::new(baseline, Hierarchy::default(), true);
    let app = routes().layer(AuthLayer::new(validator, policy, Challenger::new(AUDIENCE)));
    let token = |scope: &str| issuer.token().audience(AUDIENCE).scope(scope).sign();
    assert_eq!(send(&app, "/me", Some(&token("api:use"))).await.0, StatusCode::OK);
    assert_eq!(send(&app, "/me", Some(&token("other"))).await.0, StatusCode::FORBIDDEN);
    // Anonymous callers reach the handler, but the extractor rejects them.
    for path in ["/me", "/tenant"] {
        for (token, status, challenge) in [
            (None, StatusCode::UNAUTHORIZED, "Bearer scope=\"api:use\""),
            (Some(token("other")), StatusCode::FORBIDDEN, "Bearer error=\"insufficient_scope\", scope=\"api:use\""),
        ] {
            let mut request = Request::builder().uri(path);
            if let Some(token) = token {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            let answer = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(answer.status(), status, "{path}");
            assert!(answer.headers()["www-authenticate"].to_str().unwrap().starts_with(challenge), "{path}");
        }
    }
    assert_eq!(send(&app, "/maybe", None).await, (StatusCode::OK, "false".to_owned()));
}

#[tokio::test]
async fn extractor_error_names_the_missing_layer() {
    let app = routes();
    for path in ["/me", "/tenant"] {
        let (status, text) = send(&app, path, Some("x")).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(text.contains("AuthLayer"), "{text}");
    }
    assert_eq!(send(&app, "/maybe", Some("x")).await, (StatusCode::OK, "false".to_owned()));
}
