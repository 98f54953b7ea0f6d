//! A server with tokens of an identity provider, from the metadata to the tool.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use http::Method;
use http::StatusCode;
use mcp_guard::BuildError;
use mcp_guard::NoTools;
use mcp_guard::Provider;
use mcp_guard::ProviderError;
use mcp_guard::ResourceServer;
use mcp_guard::ResourceServerBuilder;
use mcp_guard::Scope;
use mcp_guard::ScopeSet;
use mcp_guard::Visibility;
use mcp_guard_dev::DevAuthServer;
use mcp_guard_dev::MetadataForm;
use mcp_guard_dev::TokenBuilder;
use serde_json::json;

use crate::logs::logged;
use crate::support::Answer;
use crate::support::METADATA;
use crate::support::RESOURCE;
use crate::support::Server;
use crate::support::VERSIONS;
use crate::support::call;
use crate::support::raw;
use crate::support::request_in;

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const APPLICATION: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";

/// A server whose tokens come from a tenant of Entra ID.
async fn entra() -> Server {
    entra_with(|builder| builder).await
}

async fn entra_with(
    configure: impl FnOnce(ResourceServerBuilder<NoTools>) -> ResourceServerBuilder<NoTools>,
) -> Server {
    let issuer = DevAuthServer::builder().issuer_path(format!("/{TENANT}/v2.0"));
    let issuer = issuer.metadata_forms([MetadataForm::OpenIdAppended]).start().await.unwrap();
    let builder = ResourceServer::builder(RESOURCE)
        .provider(Provider::ENTRA)
        .authorization_server(issuer.issuer())
        .audience(APPLICATION)
        .baseline([Scope::from_static("todo:read")])
        .visibility(Visibility::Marked);
    Server::trusting(issuer, configure(builder)).await
}

fn entra_token(server: &Server, scopes: &str) -> String {
    let token: TokenBuilder = server.issuer.token().header("typ", "JWT").without("client_id").without("jti");
    token.audience(APPLICATION).claim("azp", "app").claim("tid", TENANT).claim("scp", scopes).sign()
}

#[tokio::test]
async fn challenges_use_the_provider_scope_spelling() {
    let server = entra().await;
    let long = |scopes: &str| {
        scopes.split(' ').map(|scope| format!("api://{APPLICATION}/{scope}")).collect::<Vec<_>>().join(" ")
    };
    let anonymous = server.send(call("write").build()).await;
    assert_eq!(anonymous.status, StatusCode::UNAUTHORIZED);
    let both = long("todo:read todo:write");
    assert_eq!(anonymous.challenge(), format!("Bearer scope=\"{both}\", resource_metadata=\"{METADATA}\""));
    assert_eq!(anonymous.json()["error"]["data"]["scope"], both);

    let low = server.call("write", &entra_token(&server, "todo:read")).await;
    assert_eq!(low.status, StatusCode::FORBIDDEN);
    assert!(low.challenge().contains(&format!("scope=\"{both}\"")), "{low:?}");
    assert_eq!(low.json()["error"]["data"]["scope"], both);

    let metadata = raw("").method(Method::GET).uri("/.well-known/oauth-protected-resource/mcp");
    let metadata: Answer = server.send(metadata.build()).await;
    assert_eq!(metadata.json()["scopes_supported"], json!([long("todo:read")]));

    let list = request_in(VERSIONS[2], "tools/list", json!({})).bearer(&entra_token(&server, "todo:read"));
    let tools = server.send(list.build()).await.json()["result"]["tools"].clone();
    let write = tools.as_array().unwrap().iter().find(|tool| tool["name"] == "write").unwrap();
    let expected: Vec<&str> = both.split(' ').collect();
    assert_eq!(write["_meta"]["securitySchemes"], json!([{"type": "oauth2", "scopes": expected}]));
    assert_eq!(server.runs(), 0);

    let enough = server.call("write", &entra_token(&server, "todo:read todo:write")).await;
    assert_eq!(enough.status, StatusCode::OK, "{enough:?}");
    assert_eq!(server.runs(), 1, "tokens contain the short form");
}

#[tokio::test]
async fn grants_and_revocation_apply_with_a_provider() {
    #[derive(serde::Deserialize)]
    struct Roles {
        roles: Vec<String>,
    }

    let locked_out = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&locked_out);
    let server = entra_with(|builder| {
        builder
            .grants(|claims: &Roles| {
                let writers = claims.roles.iter().filter(|role| *role == "Todo.Writer");
                writers.map(|_| Scope::from_static("todo:write")).collect::<ScopeSet>()
            })
            .revoked(move |token| token.subject() == "alice" && asked.load(Ordering::SeqCst))
    })
    .await;
    let token = |subject: &str, roles: &[&str]| {
        let token = server.issuer.token().header("typ", "JWT").without("client_id").subject(subject);
        token.audience(APPLICATION).claim("tid", TENANT).claim("scp", "todo:read").claim("roles", roles.to_vec()).sign()
    };
    let (alice, bob) = (token("alice", &["Todo.Writer"]), token("bob", &["Todo.Reader"]));
    assert_eq!(server.call("write", &alice).await.status, StatusCode::OK);
    assert_eq!(server.call("write", &bob).await.status, StatusCode::FORBIDDEN);
    locked_out.store(true, Ordering::SeqCst);
    assert_eq!(server.call("write", &alice).await.status, StatusCode::UNAUTHORIZED, "even if the token is cached");
    assert_eq!(server.call("read", &bob).await.status, StatusCode::OK);
}

#[tokio::test]
async fn prefixed_scope_in_token_is_not_the_short_scope() {
    let server = entra().await;
    let token = entra_token(&server, &format!("api://{APPLICATION}/todo:read"));
    assert_eq!(server.call("read", &token).await.status, StatusCode::FORBIDDEN);
}

#[test]
fn provider_hint_is_logged_once_without_the_token() {
    let token = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..S3CRETS3CRETS3CRETS3CRET.AAAA.BBBB";
    let ((), log) = logged(async {
        let issuer = DevAuthServer::builder().metadata_forms([MetadataForm::OpenIdAppended]);
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let name = format!("http://{address}/");
        let issuer = issuer.listen(address).metadata_issuer(name.clone()).start().await.unwrap();
        let builder = ResourceServer::builder(RESOURCE).provider(Provider::AUTH0).authorization_server(name);
        let server = Server::trusting(issuer, builder).await;
        for _ in 0..3 {
            assert_eq!(server.call("read", token).await.status, StatusCode::UNAUTHORIZED);
        }
    });
    let hint = Provider::AUTH0.hints().next().unwrap();
    assert_eq!(log.matches(hint).count(), 1, "{log}");
    assert!(!log.contains("S3CRET"), "{log}");
}

#[tokio::test]
async fn ineffective_settings_are_build_errors() {
    let builder = || ResourceServer::builder(RESOURCE).authorization_server("https://auth.example.com");
    let profile = mcp_guard::TokenProfile::Jwt;
    for (case, builder) in [
        ("token_profile", builder().provider(Provider::AUTH0).token_profile(profile)),
        ("client_secret", builder().client_secret("S3CRET")),
    ] {
        let error = builder.tools(|| Ok(crate::support::Fixture::default())).build().await.unwrap_err();
        assert!(matches!(error, BuildError::Ineffective { setting, .. } if setting == case), "{error}");
        assert!(!format!("{error:?}").contains("S3CRET"));
    }
    let wrong = builder().provider(Provider::KEYCLOAK).tools(|| Ok(crate::support::Fixture::default()));
    let error = wrong.build().await.unwrap_err();
    assert!(
        matches!(&error, BuildError::Provider(error) if matches!(**error, ProviderError::AuthorizationServer { .. }))
    );
    let prefix = builder().provider(Provider::COGNITO).scope_prefix("a b");
    let prefix = prefix.tools(|| Ok(crate::support::Fixture::default())).build().await.unwrap_err();
    assert!(matches!(prefix, BuildError::ScopePrefix { .. }), "{prefix}");
}
