//! A server with tokens of an identity provider, from the metadata to the tool.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{Method, StatusCode};
use mcp_guard::error::{ConfigError, Setting};
use mcp_guard::issuer::{ClientAuthentication, Jwt};
use mcp_guard::policy::Visibility;
use mcp_guard::settings::Disclosure;
use mcp_guard::{Issuer, Provider, ResourceServer, Scope, ScopeSet};
use mcp_guard_dev::{DevAuthServer, MetadataForm, TokenBuilder};
use serde_json::json;

use crate::logs::logged;
use crate::support::{Answer, METADATA, RESOURCE, Server, VERSIONS, call, raw, request_in};

const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const APPLICATION: &str = "6e74172b-be56-4843-9ff4-e66a39bb12e3";

/// A server whose tokens come from a tenant of Entra ID.
async fn entra() -> Server {
    entra_with(|issuer| issuer).await
}

async fn entra_with(configure: impl FnOnce(Issuer<Jwt>) -> Issuer<Jwt>) -> Server {
    let issuer = DevAuthServer::builder().issuer_path(format!("/{TENANT}/v2.0"));
    let issuer = issuer.metadata_forms([MetadataForm::OpenIdAppended]).start().await.unwrap();
    let builder = ResourceServer::builder(RESOURCE)
        .issuer(configure(Provider::ENTRA.issuer(issuer.issuer()).audience(APPLICATION)))
        .baseline([Scope::from_static("todo:read")])
        .disclosure(Disclosure::new().visibility(Visibility::Marked));
    Server::trusting(issuer, builder).await
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
    let server = entra_with(|issuer| {
        issuer
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
        let builder = ResourceServer::builder(RESOURCE).issuer(Provider::AUTH0.issuer(name));
        let server = Server::trusting(issuer, builder).await;
        for _ in 0..3 {
            assert_eq!(server.call("read", token).await.status, StatusCode::UNAUTHORIZED);
        }
    });
    let hint = Provider::from(Provider::AUTH0).hints().next().unwrap();
    assert_eq!(log.matches(hint).count(), 1, "{log}");
    assert!(!log.contains("S3CRET"), "{log}");
}

#[tokio::test]
async fn provider_rejects_an_issuer_of_another_form() {
    for (issuer, setting) in [
        (Provider::KEYCLOAK.issuer("https://auth.example.com"), Setting::Issuer),
        (Provider::COGNITO.issuer("https://auth.example.com").scope_prefix("a b"), Setting::ScopePrefix),
    ] {
        let builder = ResourceServer::builder(RESOURCE).issuer(issuer).tools(crate::support::Fixture::default());
        let error = builder.build().await.unwrap_err();
        assert_eq!(error.settings().map(ConfigError::setting).collect::<Vec<_>>(), [setting], "{error}");
    }
}

#[tokio::test]
async fn issuers_of_different_kinds_are_accepted_next_to_each_other() {
    let jwt = DevAuthServer::builder().start().await.unwrap();
    let opaque = DevAuthServer::builder().opaque_tokens().resource_server("todo", "S3CRET").start().await.unwrap();
    let keycloak = DevAuthServer::builder().issuer_path("/realms/acme").metadata_forms([MetadataForm::OpenIdAppended]);
    let keycloak = keycloak.start().await.unwrap();
    let builder = ResourceServer::builder(RESOURCE)
        .issuer(jwt.issuer())
        .issuer(Issuer::introspection(opaque.issuer(), ClientAuthentication::secret("todo", "S3CRET")))
        .issuer(Provider::KEYCLOAK.issuer(keycloak.issuer()).clients(["todo-app"]));
    let opaque_token = opaque.opaque_token(opaque.token().audience(RESOURCE).scope("todo:read"));
    let of = |issuer: &DevAuthServer| issuer.token().audience(RESOURCE).scope("todo:read");
    let (plain, listed) = (of(&jwt).sign(), of(&keycloak).client_id("todo-app").sign());
    let (other, forged) = (of(&keycloak).client_id("other").sign(), of(&keycloak).claim("iss", jwt.issuer()).sign());
    let server = Server::trusting(jwt, builder).await;
    for token in [plain, opaque_token, listed] {
        assert_eq!(server.call("read", &token).await.status, StatusCode::OK);
    }
    for token in [other, forged, "made-up".to_owned()] {
        assert_eq!(server.call("read", &token).await.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn different_scope_prefixes_are_rejected() {
    let builder = ResourceServer::builder(RESOURCE)
        .issuer("https://auth.example.com")
        .issuer(Provider::COGNITO.issuer("https://cognito.example.com"))
        .tools(crate::support::Fixture::default());
    let error = builder.build().await.unwrap_err().to_string();
    assert!(error.contains("`Issuer::scope_prefix`") && error.contains("same prefix"), "{error}");
}

#[test]
fn client_token_needs_permission_and_has_its_own_subject() {
    let ((), log) = logged(async {
        let issuer = DevAuthServer::builder().opaque_tokens().resource_server("todo", "S3CRET").start().await.unwrap();
        let introspection = || Issuer::introspection(issuer.issuer(), ClientAuthentication::secret("todo", "S3CRET"));
        let token = || issuer.token().audience(RESOURCE).scope("todo:read").client_id("S3CRET-app");
        let tokens: Vec<String> = [token().without("sub"), token().without("sub"), token().subject("S3CRET-app")]
            .map(|token| issuer.opaque_token(token))
            .into();
        let strict = crate::support::builder_with(introspection());
        let allowing = crate::support::builder_with(introspection().allow_client_tokens());
        let strict = strict.tools(crate::support::Fixture::default()).build().await.unwrap().into_router();
        let server = Server::trusting(issuer, allowing).await;
        let subject = async |token: &str| server.call("who", token).await.result_text();
        let client = subject(&tokens[0]).await;
        assert_eq!(client, "urn:mcp-guard:client:S3CRET-app");
        assert_ne!(subject(&tokens[2]).await, client, "a user who is called like the client");
        let strict = Server { issuer: DevAuthServer::builder().start().await.unwrap(), router: strict, ..server };
        for token in &tokens[..2] {
            assert_eq!(strict.call("who", token).await.status, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(strict.call("who", &tokens[2]).await.status, StatusCode::OK);
    });
    assert_eq!(log.matches("MCP_GUARD_ALLOW_CLIENT_TOKENS").count(), 1, "{log}");
    let mut ours = log.lines().filter(|line| line.contains(" mcp_guard::"));
    assert!(ours.all(|line| !line.contains("S3CRET")), "{log}");
}
