//! Invalid settings that the build rejects, and their errors.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use mcp_guard::issuer::{Algorithm, Jwt};
use mcp_guard::layer::{Guarded, GuardedTool};
use mcp_guard::policy::Requirement;
use mcp_guard::prelude::*;
use mcp_guard::settings::{Limits, Network, NoTools, Sessions};
use mcp_guard::{BuildError, Issuer, Provider, ResourceServer, ResourceServerBuilder};
use mcp_guard_dev::{DevAuthServer, SigningAlgorithm, SigningKey};
use rmcp::ServerHandler;
use rmcp::model::{CallToolResult, JsonObject, Tool};

use crate::support::{Fixture, Mixed, RESOURCE, builder};

const OFFLINE: Scope = Scope::from_static("offline_access");

#[derive(Clone)]
struct Offline;

#[guarded_tools]
impl Offline {
    /// Requires `offline_access` in a way that the macro cannot detect.
    #[guarded_tool(scope = OFFLINE)]
    fn stay(&self) -> String {
        String::new()
    }
}

#[derive(Clone)]
struct PerhapsOffline;

#[guarded_tools]
impl PerhapsOffline {
    /// Accepts `offline_access` as one of several scopes.
    #[guarded_tool(any_of = ["a", OFFLINE])]
    fn linger(&self) -> String {
        String::new()
    }
}

/// Two tools with the same name. The macro rejects them, so this implementation is handwritten.
#[derive(Clone)]
struct Twins;

impl ServerHandler for Twins {}

impl GuardedServer for Twins {
    fn guarded() -> &'static Guarded<Self> {
        static OPERATIONS: OnceLock<Guarded<Twins>> = OnceLock::new();
        OPERATIONS.get_or_init(|| {
            let mut operations = Guarded::new();
            for requirement in [Requirement::Authenticated, Requirement::Public] {
                let tool = Tool::new("twin", "One of two.", Arc::new(JsonObject::new()));
                operations.tools_mut().add(GuardedTool::new(tool, requirement, |_| {
                    Box::pin(async { Ok(CallToolResult::default().into()) })
                }));
            }
            operations
        })
    }
}

#[derive(Clone)]
struct Bare;

#[guarded_tools]
impl Bare {
    /// Takes a text, where MCP has an object.
    #[guarded_tool(authenticated)]
    fn bare(&self, Parameters(text): Parameters<String>) -> String {
        text
    }
}

#[derive(Clone)]
struct Empty;

impl ServerHandler for Empty {}

impl GuardedServer for Empty {
    fn guarded() -> &'static Guarded<Self> {
        static OPERATIONS: OnceLock<Guarded<Empty>> = OnceLock::new();
        OPERATIONS.get_or_init(Guarded::new)
    }
}

async fn rejected<S: GuardedServer + Clone + Send + Sync>(
    builder: ResourceServerBuilder<NoTools>,
    tools: S,
) -> BuildError {
    match builder.tools(tools).build().await {
        Ok(_) => panic!("the server was built"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn build_error_names_the_setting_and_the_fix() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let liar = DevAuthServer::builder().metadata_issuer("https://other.example.com").start().await.unwrap();
    let b = || builder(&issuer);
    let at = |resource: &str| ResourceServer::builder(resource).issuer(issuer.issuer());
    let scope = Scope::from_static;
    let jwt = || Issuer::jwt(issuer.issuer());
    let on = |issuer: Issuer<Jwt>| ResourceServer::builder(RESOURCE).issuer(issuer);
    let table: Vec<(ResourceServerBuilder<NoTools>, &str)> = vec![
        (at("http://todo.example.com/mcp"), "expected https, or http on loopback"),
        (at("todo.example.com"), "absolute URL"),
        (at("https://todo.example.com/mcp#x"), "fragment"),
        (at("https://Todo.example.com/mcp"), "https://todo.example.com/mcp"),
        (ResourceServer::builder(RESOURCE), "`ResourceServerBuilder::issuer` is not set"),
        (b().issuer(issuer.issuer()), "configured twice"),
        (on(jwt().audience("")), "invalid `Issuer::audience` \"\""),
        (b().baseline([OFFLINE]), "the baseline"),
        (b().scope_implies(scope("todo:read"), scope("todo:write")), "implies itself"),
        (b().allow_anonymous(), "no operation is `public`"),
        (b().network(Network::new().allowed_origins(["*"])), "invalid `Network::allowed_origins` \"*\""),
        (b().network(Network::new().allowed_origins(["https://app.example.com/"])), "expected an origin"),
        (b().network(Network::new().allowed_hosts(["https://h"])), "invalid `Network::allowed_hosts` \"https://h\""),
        (b().limits(Limits::new().max_body_bytes(0)), "max_body_bytes"),
        (b().limits(Limits::new().max_total_body_bytes(1024 * 1024)), "max_total_body_bytes"),
        (b().limits(Limits::new().max_unauthenticated_body_bytes(1024)), "max_unauthenticated_body_bytes"),
        (b().sessions(Sessions::new().stream_check_interval(Duration::ZERO)), "stream_check_interval"),
        (at("https://todo.example.com/health"), "`Observation::without_health`"),
        (b().issuer("https://user:s3cret@auth.example.com"), "user name"),
        (ResourceServer::builder(RESOURCE).issuer(liar.issuer()), "https://other.example.com"),
        (ResourceServer::builder(RESOURCE).issuer("http://auth.example.com"), "expected an https URL"),
        (ResourceServer::builder(RESOURCE).issuer(Issuer::jwt("http://127.0.0.1:1").fail_fast()), "cannot be fetched"),
    ];
    for (builder, expected) in table {
        let message = rejected(builder, Fixture::default()).await.to_string();
        assert!(message.contains(expected), "{expected}: {message}");
        assert!(!message.contains("s3cret"), "{message}");
    }
    let public = rejected(builder(&issuer), Mixed::default()).await.to_string();
    assert!(public.contains("\"open\"") && public.contains(".allow_anonymous()"), "{public}");
    let offline = rejected(builder(&issuer), Offline).await.to_string();
    assert!(offline.contains("\"stay\""), "{offline}");
    let perhaps = rejected(builder(&issuer), PerhapsOffline).await.to_string();
    assert!(perhaps.contains("\"linger\""), "{perhaps}");
    let twins = rejected(builder(&issuer), Twins).await.to_string();
    assert!(twins.contains("\"twin\""), "{twins}");
    assert_eq!(Twins::guarded_tools().requirement("twin"), Some(&Requirement::Authenticated), "the first tool is kept");
    let bare = rejected(builder(&issuer), Bare).await.to_string();
    assert!(bare.contains("\"bare\"") && bare.contains("invalid parameter schema"), "{bare}");
    let empty = rejected(builder(&issuer), Empty).await.to_string();
    assert!(empty.contains("has no operations"), "{empty}");
}

#[tokio::test]
async fn plain_http_on_the_network_must_be_allowed() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    for resource in ["http://localhost:8080/mcp", "https://todo.example.com/mcp"] {
        let build = async |builder: ResourceServerBuilder<NoTools>| {
            builder.issuer(issuer.issuer()).tools(Fixture::default()).build().await.unwrap()
        };
        let refused = build(ResourceServer::builder(resource)).await;
        let message = refused.serve(([0, 0, 0, 0], 0)).await.unwrap_err().to_string();
        for setting in
            ["ResourceServerBuilder::tls", "MCP_GUARD_TLS_CERT", "allow_plain_http", "MCP_GUARD_ALLOW_PLAIN_HTTP"]
        {
            assert!(message.contains(setting), "{setting}: {message}");
        }
        let allowed = build(ResourceServer::builder(resource).allow_plain_http()).await;
        let listener = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
        allowed.serve_until(listener, std::future::ready(())).await.unwrap();
    }
}

#[tokio::test]
async fn certificate_requires_an_https_resource() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let builder = ResourceServer::builder("http://localhost:8080/mcp").issuer(issuer.issuer());
    let builder = builder.tls("cert.pem", "key.pem").tools(Fixture::default());
    let message = builder.build().await.unwrap_err().to_string();
    assert!(message.contains("an https URL") && message.contains("http://localhost:8080/mcp"), "{message}");
}

#[tokio::test]
async fn address_in_use_error_contains_the_address() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let server = builder(&issuer).tools(Fixture::default()).build().await.unwrap();
    let message = server.serve(address).await.unwrap_err().to_string();
    assert!(message.contains(&address.to_string()), "{message}");
}

struct RejectingValidator;

impl mcp_guard::TokenValidator for RejectingValidator {
    async fn validate(
        &self,
        _: &mcp_guard::token::BearerToken,
    ) -> Result<ValidatedToken, mcp_guard::token::TokenError> {
        Err(mcp_guard::token::InvalidToken::Rejected.into())
    }

    fn readiness(&self) -> mcp_guard::issuer::Readiness {
        mcp_guard::issuer::Readiness { ready: false, keys_age: None, issuer_reachable: None }
    }
}

#[tokio::test]
async fn one_mistake_does_not_hide_another() {
    let builder = ResourceServer::builder("http://todo.example.com/mcp")
        .issuer(Issuer::jwt("https://user:s3cret@auth.example.com").leeway(Duration::from_secs(301)))
        .issuer(Issuer::jwt("https://auth.example.com").clients([""; 0]))
        .network(Network::new().allowed_hosts(["*"]).trusted_proxies(["proxy"]))
        .limits(Limits::new().max_body_bytes(0))
        .baseline([OFFLINE]);
    let error = rejected(builder, Fixture::default()).await;
    let message = error.to_string();
    for expected in [
        "`ResourceServer::builder`",
        "`ResourceServerBuilder::issuer`",
        "`Issuer::leeway`",
        "`Issuer::clients`",
        "`Network::allowed_hosts`",
        "`Network::trusted_proxies`",
        "`Limits::max_body_bytes`",
        "`offline_access`",
    ] {
        assert!(message.contains(expected), "{expected}: {message}");
    }
    assert!(!message.contains("s3cret"), "{message}");
    assert_eq!(format!("{error:?}"), message, "`main` prints errors with `Debug`");
}

#[tokio::test]
async fn validator_without_authorization_server_is_rejected() {
    let none = ResourceServer::builder(RESOURCE).validator(RejectingValidator, [""; 0]);
    assert!(
        rejected(none, Fixture::default()).await.to_string().contains("`ResourceServerBuilder::validator` is not set")
    );
    let insecure = ResourceServer::builder(RESOURCE).validator(RejectingValidator, ["http://auth.example.com"]);
    assert!(rejected(insecure, Fixture::default()).await.to_string().contains("expected an https URL"));
}

#[tokio::test]
async fn unready_validator_makes_the_server_unready() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let builder = ResourceServer::builder(RESOURCE).validator(RejectingValidator, [issuer.issuer()]);
    let server = crate::support::Server::trusting(issuer, builder).await;
    let probe = crate::support::raw("").method(http::Method::GET).uri("/health/ready");
    assert_eq!(server.send(probe.build()).await.status, http::StatusCode::SERVICE_UNAVAILABLE);
}

/// A key without `alg` has the only allowed algorithm of its type, also if the algorithm is listed twice.
#[tokio::test]
async fn repeated_algorithm_is_listed_once() {
    let mut jwk = SigningKey::generate(SigningAlgorithm::Rs256).public_jwk();
    jwk.as_object_mut().unwrap().remove("alg");
    let keys = serde_json::json!({"keys": [jwk]}).to_string();
    let issuer = Issuer::jwt("https://auth.example.com").algorithms([Algorithm::Ps512, Algorithm::Ps512]).jwks(keys);
    let server = ResourceServer::builder(RESOURCE).issuer(issuer).tools(Fixture::default()).build().await.unwrap();
    assert!(server.summary().to_string().contains("tokens:   PS512\n"), "{}", server.summary());
}

/// The server with the keys, and no other, receives the client's secret.
#[tokio::test]
async fn confirmed_credentials_need_the_keys_of_the_environment() {
    let keys = serde_json::json!({"keys": [SigningKey::generate(SigningAlgorithm::Rs256).public_jwk()]}).to_string();
    let issuer =
        || Provider::SCALEKIT.confirmed_issuer("https://acme.scalekit.dev", "skc_1", "s3cret").audience("res_1");
    for (issuer, setting) in
        [(issuer().jwks(keys), "Issuer::jwks"), (issuer().jwks_uri("https://keys.example.com/"), "Issuer::jwks_uri")]
    {
        let built = ResourceServer::builder(RESOURCE).issuer(issuer).tools(Fixture::default()).build().await;
        let message = built.unwrap_err().to_string();
        assert!(message.contains(setting) && message.contains("publishes the keys"), "{message}");
        assert!(!message.contains("s3cret"), "{message}");
    }
}
