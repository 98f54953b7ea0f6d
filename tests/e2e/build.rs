//! Invalid settings that the build rejects, and their errors.

use std::sync::Arc;
use std::sync::OnceLock;

use mcp_guard::BuildError;
use mcp_guard::Guarded;
use mcp_guard::GuardedTool;
use mcp_guard::NoTools;
use mcp_guard::Provider;
use mcp_guard::Requirement;
use mcp_guard::ResourceServer;
use mcp_guard::ResourceServerBuilder;
use mcp_guard::TokenProfile;
use mcp_guard::prelude::*;
use mcp_guard_dev::DevAuthServer;
use rmcp::ServerHandler;
use rmcp::model::CallToolResult;
use rmcp::model::JsonObject;
use rmcp::model::Tool;

use crate::support::Fixture;
use crate::support::Mixed;
use crate::support::RESOURCE;
use crate::support::builder;

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
    match builder.tools(move || Ok(tools.clone())).build().await {
        Ok(_) => panic!("the server was built"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn build_error_names_the_setting_and_the_fix() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let liar = DevAuthServer::builder().metadata_issuer("https://other.example.com").start().await.unwrap();
    let b = || builder(&issuer);
    let at = |resource: &str| ResourceServer::builder(resource).authorization_server(issuer.issuer());
    let scope = Scope::from_static;
    let table: Vec<(ResourceServerBuilder<NoTools>, &str)> = vec![
        (at("http://todo.example.com/mcp"), "use https"),
        (at("todo.example.com"), "no absolute URL"),
        (at("https://todo.example.com/mcp#x"), "fragment"),
        (at("https://Todo.example.com/mcp"), "https://todo.example.com/mcp"),
        (ResourceServer::builder(RESOURCE), ".authorization_server("),
        (b().authorization_server(issuer.issuer()), "named twice"),
        (b().audience(""), "is empty"),
        (b().baseline([OFFLINE]), "the baseline"),
        (b().scope_implies(scope("todo:read"), scope("todo:write")), "implies itself"),
        (b().allow_anonymous(), "no operation is `public`"),
        (b().allowed_origins(["*"]), "\"*\" is no origin"),
        (b().allowed_origins(["https://app.example.com/"]), "is no origin"),
        (b().allowed_hosts(["https://h"]), "\"https://h\" is no host"),
        (b().max_body_bytes(0), "max_body_bytes"),
        (b().max_total_body_bytes(1024 * 1024), "max_total_body_bytes"),
        (b().max_unauthenticated_body_bytes(1024), "max_unauthenticated_body_bytes"),
        (b().stream_check_interval(std::time::Duration::ZERO), "stream_check_interval"),
        (at("https://todo.example.com/health"), ".without_health()"),
        (b().authorization_server("https://user:s3cret@auth.example.com"), "user name"),
        (ResourceServer::builder(RESOURCE).authorization_server(liar.issuer()), "https://other.example.com"),
        (ResourceServer::builder(RESOURCE).authorization_server("http://auth.example.com"), "neither an https URL"),
        (ResourceServer::builder(RESOURCE).authorization_server("http://127.0.0.1:1"), "cannot be fetched"),
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
    let empty = rejected(builder(&issuer), Empty).await.to_string();
    assert!(empty.contains("offers nothing"), "{empty}");
}

#[tokio::test]
async fn http_resource_requires_loopback_listener() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let server = ResourceServer::builder("http://127.0.0.1:8080/mcp")
        .authorization_server(issuer.issuer())
        .tools(|| Ok(Fixture::default()))
        .build()
        .await
        .unwrap();
    let message = server.serve("0.0.0.0:0".parse().unwrap()).await.unwrap_err().to_string();
    assert!(message.contains("not a loopback address"), "{message}");
}

#[tokio::test]
async fn address_in_use_error_contains_the_address() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let server = builder(&issuer).tools(|| Ok(Fixture::default())).build().await.unwrap();
    let message = server.serve(address).await.unwrap_err().to_string();
    assert!(message.contains(&address.to_string()), "{message}");
}

struct RejectingValidator;

impl mcp_guard::TokenValidator for RejectingValidator {
    async fn validate(&self, _: &mcp_guard::BearerToken) -> Result<ValidatedToken, mcp_guard::TokenError> {
        Err(mcp_guard::InvalidToken::Rejected.into())
    }

    fn readiness(&self) -> mcp_guard::Readiness {
        mcp_guard::Readiness { ready: false, keys_age: None, issuer_reachable: None }
    }
}

#[tokio::test]
async fn issuer_settings_are_errors_with_custom_validator() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let with = |configure: fn(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>| {
        configure(builder(&issuer).validator(RejectingValidator))
    };
    for (builder, setting) in [
        (with(|builder| builder.audience("api")), "audience"),
        (with(|builder| builder.token_profile(TokenProfile::Jwt)), "token_profile"),
        (with(|builder| builder.provider(Provider::OPENID)), "provider"),
        (with(|builder| builder.client_id("app")), "client_id"),
        (with(|builder| builder.client_secret("S3CRET")), "client_secret"),
        (with(ResourceServerBuilder::allow_private_network), "allow_private_network"),
    ] {
        let message = rejected(builder, Fixture::default()).await.to_string();
        assert!(message.contains(&format!("`.{setting}(..)`")) && !message.contains("S3CRET"), "{message}");
    }
}

#[tokio::test]
async fn unready_validator_makes_the_server_unready() {
    let server = crate::support::Server::start_with(|builder| builder.validator(RejectingValidator)).await;
    let probe = crate::support::raw("").method(http::Method::GET).uri("/health/ready");
    assert_eq!(server.send(probe.build()).await.status, http::StatusCode::SERVICE_UNAVAILABLE);
}
