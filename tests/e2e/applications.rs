//! Guarded servers inside an application: merged, with state, and with guarded routes next to MCP.

use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Router};
use http::{Method, StatusCode};
use mcp_guard::layer::{AuthLayer, Challenger};
use mcp_guard::policy::{Policy, Requirement};
use mcp_guard::prelude::*;
use mcp_guard::settings::{Dpop, NoTools};
use mcp_guard::{InsufficientScope, ResourceServer, ResourceServerBuilder};
use mcp_guard_dev::{DevAuthServer, SigningAlgorithm, SigningKey};
use serde_json::json;

use crate::support::{Answer, Fixture, METADATA, Mixed, Post, RESOURCE, Runs, Server, builder, call, initialize, raw};
use crate::support::{VERSIONS, call_in};

const OTHER: &str = "https://todo.example.com/other/mcp";

fn at(path: &str) -> Post {
    raw("").method(Method::GET).uri(path)
}

fn server_with(issuer: DevAuthServer, router: Router) -> Server {
    Server { issuer, router, runs: Runs::default(), reference: None }
}

async fn built(
    issuer: &DevAuthServer,
    configure: impl FnOnce(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>,
) -> ResourceServer {
    configure(builder(issuer)).tools(Fixture::default()).build().await.unwrap()
}

#[tokio::test]
async fn two_servers_merge_with_their_own_keys_and_sessions() {
    let (one, two) = (DevAuthServer::builder().start().await.unwrap(), DevAuthServer::builder().start().await.unwrap());
    let first = built(&one, |builder| builder).await;
    let second = ResourceServer::builder(OTHER).issuer(two.issuer()).tools(Fixture::default()).build().await.unwrap();
    let health = first.health_router();
    let router = first.into_router().merge(second.into_router()).merge(health);
    let of_two = two.token().audience(OTHER).scope("todo:read").sign();
    let server = server_with(one, router);
    let of_one = server.token("todo:read");
    for (path, valid, foreign, metadata) in [
        ("/mcp", &of_one, &of_two, METADATA),
        ("/other/mcp", &of_two, &of_one, "https://todo.example.com/.well-known/oauth-protected-resource/other/mcp"),
    ] {
        assert_eq!(server.send(call("read").uri(path).bearer(valid).build()).await.status, StatusCode::OK);
        let answer = server.send(call("read").uri(path).bearer(foreign).build()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert!(answer.challenge().contains(&format!("resource_metadata=\"{metadata}\"")), "{answer:?}");
        let document = server.send(at(metadata.strip_prefix("https://todo.example.com").unwrap()).build()).await;
        assert!(document.json()["resource"].as_str().unwrap().ends_with(path));
    }
    let opened = server.send(initialize(VERSIONS[1]).bearer(&of_one).build()).await;
    let elsewhere = call_in(VERSIONS[1], "read").uri("/other/mcp").header("mcp-session-id", opened.session());
    let answer = server.send(elsewhere.bearer(&of_two).build()).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "a session of the other server");
    assert_eq!(server.send(at("/health").build()).await.status, StatusCode::OK);
}

#[derive(Clone)]
struct AppState(&'static str);

async fn read(State(AppState(name)): State<AppState>, token: ValidatedToken) -> String {
    format!("{name} {}", token.subject())
}

/// Requires another scope, depending on its own logic.
async fn share(token: ValidatedToken) -> Result<&'static str, InsufficientScope> {
    token.require("todo:read")?;
    token.require("todo:share")?;
    Ok("shared")
}

async fn careless(token: ValidatedToken) -> Result<&'static str, InsufficientScope> {
    token.require("")?;
    Ok("open")
}

/// An application with state, own health routes, and routes with each kind of requirement.
async fn application(
    configure: impl FnOnce(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>,
) -> Server {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let server = built(&issuer, configure).await;
    application_around(issuer, server)
}

fn application_around(issuer: DevAuthServer, server: ResourceServer) -> Server {
    let guard = server.route_guard();
    let scope = Scope::from_static;
    let router = Router::new()
        .route("/read", get(read))
        .route_layer(guard.scope(scope("todo:read")))
        .merge(Router::new().route("/write", get(read)).route_layer(guard.scope(scope("todo:write"))))
        .merge(Router::new().route("/share", get(share)).route_layer(guard.scope(scope("todo:write"))))
        .merge(Router::new().route("/careless", get(careless)).route_layer(guard.authenticated()))
        .merge(Router::new().route("/none", get(async || "none")).route_layer(guard.authenticated()))
        .merge(
            Router::new()
                .route("/any", get(async || "any"))
                .route_layer(guard.require(Requirement::any(scope("admin"), [scope("todo:audit")]))),
        )
        .route("/health", get(async || "mine"))
        .merge(server.into_router().with_state(()))
        .layer(Extension(7))
        .with_state(AppState("notes"));
    server_with(issuer, router)
}

async fn asked(server: &Server, path: &str, scopes: &str) -> Answer {
    server.send(at(path).bearer(&server.token(scopes)).build()).await
}

#[tokio::test]
async fn routes_are_guarded_by_the_rules_of_the_server() {
    let server = application(|builder| builder).await;
    assert_eq!(server.send(at("/health").build()).await.text, "mine");
    assert_eq!(server.send(call("read").bearer(&server.token("todo:read")).build()).await.status, StatusCode::OK);
    // path, scopes of the token, scopes in the challenge (`None`: allowed)
    for (path, scopes, needed) in [
        ("/read", "todo:read", None),
        ("/read", "todo:write", None),
        ("/read", "other", Some("todo:read")),
        ("/write", "todo:write", None),
        ("/write", "todo:read", Some("todo:read todo:write")),
        ("/share", "todo:write todo:share", None),
        ("/share", "todo:write", Some("todo:read todo:share todo:write")),
        ("/share", "todo:read", Some("todo:read todo:write")),
        ("/none", "todo:read", None),
        ("/none", "other", Some("todo:read")),
        ("/any", "todo:read todo:audit", None),
        ("/any", "todo:read", Some("admin todo:read")),
    ] {
        let answer = asked(&server, path, scopes).await;
        let Some(needed) = needed else {
            assert_eq!(answer.status, StatusCode::OK, "{path} {scopes}: {answer:?}");
            continue;
        };
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {scopes}: {answer:?}");
        assert_eq!(answer.challenge(), crate::support::insufficient(needed), "{path} {scopes}");
        let description = "The access token lacks a required scope";
        let body = json!({"error": "insufficient_scope", "error_description": description, "scope": needed});
        assert_eq!(answer.json(), body, "{path} {scopes}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    assert_eq!(asked(&server, "/read", "todo:read").await.text, "notes alice");
    let broken = asked(&server, "/careless", "todo:read").await;
    assert_eq!(broken.status, StatusCode::INTERNAL_SERVER_ERROR, "an empty requirement never allows");
}

#[tokio::test]
async fn routes_challenge_requests_without_a_valid_token() {
    let server = application(|builder| builder).await;
    let other = server.issuer.token().audience("https://other.example.com").scope("todo:write").sign();
    for (post, error) in [
        (at("/write"), None),
        (at("/write").header("authorization", "Bearer"), None),
        (at("/write").bearer("made-up"), Some("invalid_token")),
        (at("/write").bearer(&other), Some("invalid_token")),
    ] {
        let answer = server.send(post.build()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{answer:?}");
        assert!(answer.challenge().contains("scope=\"todo:read todo:write\""), "{answer:?}");
        assert!(answer.challenge().contains(METADATA), "{answer:?}");
        let body = answer.json();
        assert_eq!(body["error"].as_str(), error);
        assert_eq!(body["scope"], "todo:read todo:write");
        assert!(!body["error_description"].as_str().unwrap().is_empty());
    }
    let twice = server.send(at("/write").bearer("a").bearer("b").build()).await;
    assert_eq!((twice.status, twice.json()["error"].as_str()), (StatusCode::BAD_REQUEST, Some("invalid_request")));
    assert!(twice.json()["error_description"].is_string(), "one form for every rejection: {twice:?}");
}

struct Unavailable;

impl mcp_guard::TokenValidator for Unavailable {
    async fn validate(
        &self,
        _: &mcp_guard::token::BearerToken,
    ) -> Result<ValidatedToken, mcp_guard::token::TokenError> {
        Err(mcp_guard::token::TokenError::Unavailable { retry_after: std::time::Duration::from_secs(7) })
    }
}

#[tokio::test]
async fn routes_keep_the_retry_time_of_an_outage() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let server = ResourceServer::builder(RESOURCE).validator(Unavailable, [issuer.issuer()]);
    let guard = server.tools(Fixture::default()).build().await.unwrap().route_guard();
    let router = Router::new().route("/", get(async || "in")).route_layer(guard.authenticated());
    let server = server_with(issuer, router);
    let answer = server.send(at("/").bearer("any").build()).await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, Some("7")));
    assert!(answer.json()["error_description"].is_string(), "{answer:?}");
}

/// axum's `route_layer` applies to all routes that were added before.
#[tokio::test]
async fn requirements_of_several_layers_all_apply() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let guard = built(&issuer, |builder| builder).await.route_guard();
    let scope = Scope::from_static;
    let router = Router::new()
        .route("/both", get(async |token: ValidatedToken| token.subject().to_owned()))
        .route_layer(guard.scope(scope("todo:delete")))
        .route("/one", get(async || "one"))
        .route_layer(guard.scope(scope("todo:write")));
    let server = server_with(issuer, router);
    for (path, scopes, status) in [
        ("/both", "todo:write todo:delete", StatusCode::OK),
        ("/both", "todo:write", StatusCode::FORBIDDEN),
        ("/both", "todo:read todo:delete", StatusCode::FORBIDDEN),
        ("/one", "todo:write", StatusCode::OK),
        ("/one", "todo:read todo:delete", StatusCode::FORBIDDEN),
    ] {
        assert_eq!(asked(&server, path, scopes).await.status, status, "{path} {scopes}");
    }
    assert_eq!(server.send(at("/both").build()).await.status, StatusCode::UNAUTHORIZED);
    let other = built(&server.issuer, |builder| builder).await.route_guard();
    let foreign = Router::new().route("/", get(async || "in")).route_layer(guard.authenticated());
    let server = server_with(server.issuer, foreign.route_layer(other.authenticated()));
    let answer = asked(&server, "/", "todo:read").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "a guard does not rely on another one");
}

/// The public URL of a route contains what a proxy or `nest` has removed from its path.
#[tokio::test]
async fn proofs_for_routes_name_the_public_url() {
    const PUBLIC: &str = "https://todo.example.com/team/mcp";
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let key = SigningKey::generate(SigningAlgorithm::Es256);
    let server = ResourceServer::builder(PUBLIC).issuer(issuer.issuer()).mount_path("/mcp").dpop(Dpop::required());
    let guard = server.tools(Fixture::default()).build().await.unwrap().route_guard();
    let routes = |guard: &mcp_guard::layer::RouteGuard| {
        Router::new().route("/todos", get(async || "in")).route_layer(guard.authenticated())
    };
    let elsewhere = guard.below("https://api.example.com/v1");
    let router = routes(&guard).nest("/nested", routes(&guard)).nest("/v1", routes(&elsewhere));
    let server = server_with(issuer, router);
    let token = server.issuer.token().audience(PUBLIC).bound_to(&key).sign();
    for (path, public, status) in [
        ("/todos", "https://todo.example.com/team/todos", StatusCode::OK),
        ("/todos", "https://todo.example.com/todos", StatusCode::UNAUTHORIZED),
        ("/nested/todos", "https://todo.example.com/team/nested/todos", StatusCode::OK),
        ("/nested/todos", "https://todo.example.com/team/todos", StatusCode::UNAUTHORIZED),
        ("/v1/todos", "https://api.example.com/v1/v1/todos", StatusCode::OK),
        ("/v1/todos", "https://todo.example.com/team/v1/todos", StatusCode::UNAUTHORIZED),
    ] {
        let proof = key.proof("GET", public.to_owned()).access_token(&token).sign();
        let answer = server.send(at(path).with_proof(&token, &proof).build()).await;
        assert_eq!(answer.status, status, "{path} {public}: {answer:?}");
    }
}

#[tokio::test]
async fn proofs_for_routes_name_the_route_and_are_used_once() {
    let server = application(|builder| builder.dpop(Dpop::required())).await;
    let key = SigningKey::generate(SigningAlgorithm::Es256);
    let token = server.issuer.token().audience(RESOURCE).scope("todo:read").bound_to(&key).sign();
    let proof = |url: &str| key.proof("GET", url.to_owned()).access_token(&token).sign();
    let valid = proof("https://todo.example.com/read");
    let ask = async |proof: &str| server.send(at("/read").with_proof(&token, proof).build()).await.status;
    assert_eq!(ask(&valid).await, StatusCode::OK);
    assert_eq!(ask(&valid).await, StatusCode::UNAUTHORIZED, "used before");
    assert_eq!(ask(&proof(RESOURCE)).await, StatusCode::UNAUTHORIZED, "for another URL");
    let bearer = server.send(at("/read").bearer(&server.token("todo:read")).build()).await;
    assert_eq!(bearer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn anonymous_callers_need_a_token_for_guarded_routes() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let server = builder(&issuer).allow_anonymous().tools(Mixed::default()).build().await.unwrap();
    let server = application_around(issuer, server);
    for path in ["/read", "/none", "/any"] {
        let answer = server.send(at(path).build()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn route_behind_the_layer_alone_needs_the_baseline() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let policy = || Policy::new(Scope::from_static("todo:read").into(), mcp_guard::policy::Hierarchy::default(), false);
    let validator = async || Issuer::jwt(issuer.issuer()).validator(RESOURCE).await.unwrap();
    let layer = AuthLayer::new(validator().await, policy(), Challenger::new(METADATA));
    let open = AuthLayer::new(validator().await, policy(), Challenger::new(METADATA)).for_mcp();
    let router = Router::new().route("/", get(async || "in")).layer(layer);
    let left_open = Router::new().route("/mcp", get(async || "in")).layer(open);
    let server = server_with(issuer, router.merge(left_open));
    assert_eq!(asked(&server, "/", "todo:read").await.status, StatusCode::OK);
    let answer = asked(&server, "/", "other").await;
    assert_eq!((answer.status, answer.json()["scope"].as_str()), (StatusCode::FORBIDDEN, Some("todo:read")));
    assert_eq!(asked(&server, "/mcp", "other").await.status, StatusCode::OK, "left to what follows");
}

/// The credentials of a caller, as `docs/token-exchange.md` keeps them.
#[derive(Clone)]
struct CallerToken(http::HeaderValue);

async fn keep_token(mut request: axum::extract::Request, next: axum::middleware::Next) -> axum::response::Response {
    if let Some(value) = request.headers().get(http::header::AUTHORIZATION).cloned() {
        request.extensions_mut().insert(CallerToken(value));
    }
    next.run(request).await
}

#[derive(Clone)]
struct Exchanging;

#[guarded_tools]
impl Exchanging {
    /// Returns the length of the caller's credentials.
    #[guarded_tool(scope = "todo:read")]
    async fn exchange(
        &self,
        rmcp::handler::server::common::Extension(parts): rmcp::handler::server::common::Extension<http::request::Parts>,
    ) -> Result<String, String> {
        let token = parts.extensions.get::<CallerToken>().ok_or("no token")?;
        let is_removed = !parts.headers.contains_key(http::header::AUTHORIZATION);
        Ok(format!("{} {is_removed}", token.0.len()))
    }
}

#[tokio::test]
async fn middleware_can_keep_the_token_for_an_exchange() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let router = builder(&issuer).tools(Exchanging).build().await.unwrap().into_router();
    let server = server_with(issuer, router.layer(axum::middleware::from_fn(keep_token)));
    let token = server.token("todo:read");
    let answer = server.send(call_in(VERSIONS[2], "exchange").bearer(&token).build()).await;
    assert_eq!(answer.result_text(), format!("{} true", "Bearer ".len() + token.len()), "{answer:?}");
    let refused = server.send(call_in(VERSIONS[2], "exchange").bearer(&server.token("todo:other")).build()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}
