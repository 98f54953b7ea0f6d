//! Benchmarks for the parts of mcp-guard: decisions, challenges, body parsing, token validation and layers.
//!
//! `cargo bench -p mcp-guard --bench parts`

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot run should panic")]

use std::convert::Infallible;
use std::hint::black_box;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use jsonwebtoken::{DecodingKey, Validation};
use mcp_guard::error::ChallengeError;
use mcp_guard::layer::{AuthLayer, Challenger};
use mcp_guard::policy::{Hierarchy, Policy, Requirement};
use mcp_guard::settings::Dpop;
use mcp_guard::token::BearerToken;
use mcp_guard::{Issuer, Scope, ScopeSet, TokenValidator as _};
use mcp_guard_dev::{DevAuthServer, SigningAlgorithm, SigningKey};
use serde_json::{Map, Value, json};
use tower::{Layer as _, ServiceExt as _};

const AUDIENCE: &str = "https://todo.example.com/mcp";

fn decision(c: &mut Criterion) {
    let scope = Scope::from_static;
    let hierarchy = Hierarchy::new([(scope("todo:write"), scope("todo:read"))]).unwrap();
    let policy = Policy::new(scope("todo:read").into(), hierarchy, false);
    let requirement = Requirement::scope(scope("todo:write"));
    let ten: ScopeSet = "a b c d e f g h todo:write z".parse().unwrap();
    let low: ScopeSet = "todo:read".parse().unwrap();
    let mut group = c.benchmark_group("decision");
    group.bench_function("allow, ten scopes", |b| {
        b.iter(|| policy.decide(black_box(&requirement), Some(black_box(&ten))))
    });
    group.bench_function("forbid", |b| b.iter(|| policy.decide(black_box(&requirement), Some(black_box(&low)))));
    group.finish();
}

fn challenge(c: &mut Criterion) {
    let challenger = Challenger::new("https://todo.example.com/.well-known/oauth-protected-resource/mcp");
    let needed: ScopeSet = "todo:read todo:write".parse().unwrap();
    c.bench_function("challenge", |b| {
        b.iter(|| challenger.challenge(black_box(Some(ChallengeError::InsufficientScope)), black_box(&needed)));
    });
}

fn peek(c: &mut Criterion) {
    let mut group = c.benchmark_group("peek");
    for (name, filler) in [("0.1 KB", 0), ("1 KB", 900), ("100 KB", 100_000)] {
        let items: Vec<_> = (0..filler / 30).map(|i| json!({"id": i, "title": "Buy milk"})).collect();
        let body = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {"name": "create_todo", "arguments": {"items": items}},
        });
        let body = body.to_string().into_bytes();
        group.bench_function(name, |b| b.iter(|| mcp_guard::__private::peek(black_box(&body))));
    }
    group.finish();
}

fn tokens(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut group = c.benchmark_group("token");
    for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::Es256, SigningAlgorithm::EdDsa] {
        let (issuer, cached, uncached) = runtime.block_on(async {
            let issuer = DevAuthServer::builder().algorithm(algorithm).start().await.unwrap();
            let cached = Issuer::jwt(issuer.issuer()).validator(AUDIENCE).await.unwrap();
            let uncached = Issuer::jwt(issuer.issuer()).cached_tokens(0).validator(AUDIENCE).await.unwrap();
            (issuer, cached, uncached)
        });
        let token = issuer.token().audience(AUDIENCE).scope("todo:read todo:write").sign();
        let bearer = BearerToken::new(token.clone());
        group.bench_function(format!("{algorithm}, cached"), |b| {
            b.to_async(&runtime).iter(|| cached.validate(black_box(&bearer)));
        });
        group.bench_function(format!("{algorithm}, not cached"), |b| {
            b.to_async(&runtime).iter(|| uncached.validate(black_box(&bearer)));
        });
        let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(issuer.current_key().public_jwk()).unwrap();
        let key = DecodingKey::from_jwk(&jwk).unwrap();
        let backend = algorithm.name().parse().unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        group.bench_function(format!("{algorithm}, jsonwebtoken's verification alone"), |b| {
            b.iter(|| jsonwebtoken::crypto::verify(black_box(signature), signed.as_bytes(), &key, backend));
        });
        // Includes jsonwebtoken's own checks, and parses the claims into a map.
        let mut validation = Validation::new(backend);
        validation.set_audience(&[AUDIENCE]);
        group.bench_function(format!("{algorithm}, jsonwebtoken's decode"), |b| {
            b.iter(|| jsonwebtoken::decode::<Map<String, Value>>(black_box(&token), &key, &validation).unwrap());
        });
    }
    group.finish();
}

/// Measures the whole layer: a cached bearer token, and a cached bound token with a new proof for each request.
fn layer(c: &mut Criterion) {
    const BASE: &str = "https://todo.example.com";
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let key = SigningKey::generate(SigningAlgorithm::Es256);
    let (issuer, validator) = runtime.block_on(async {
        let issuer = DevAuthServer::builder().start().await.unwrap();
        let validator = Issuer::jwt(issuer.issuer()).validator(AUDIENCE).await.unwrap();
        (issuer, validator)
    });
    let layer =
        AuthLayer::new(validator, Policy::default(), Challenger::new(BASE)).dpop(Dpop::optional(), BASE).unwrap();
    let service = layer.layer(tower::service_fn(async |_: Request| Ok::<_, Infallible>(Response::new(Body::empty()))));
    let answer = async |request: Request| {
        let response: Response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
    };
    let request = || http::Request::builder().method("POST").uri("/mcp");
    let bearer = issuer.token().audience(AUDIENCE).sign();
    let bound = issuer.token().audience(AUDIENCE).bound_to(&key).sign();
    let mut group = c.benchmark_group("layer");
    group.bench_function("a cached token", |b| {
        let request = || request().header("authorization", format!("Bearer {bearer}")).body(Body::empty()).unwrap();
        b.to_async(&runtime).iter_batched(request, answer, BatchSize::SmallInput);
    });
    group.bench_function("a cached token with a proof (ES256)", |b| {
        let request = || {
            let proof = key.proof("POST", format!("{BASE}/mcp")).access_token(&bound).sign();
            let request = request().header("authorization", format!("DPoP {bound}")).header("dpop", proof);
            request.body(Body::empty()).unwrap()
        };
        b.to_async(&runtime).iter_batched(request, answer, BatchSize::SmallInput);
    });
    group.finish();
}

criterion_group!(benches, decision, challenge, peek, tokens, layer);
criterion_main!(benches);
