//! The inner lock works alone: without layers and without a caller, no tool runs.

use mcp_guard::Issuer;
use mcp_guard::layer::{AuthLayer, Challenger, GateLayer};
use mcp_guard::policy::{Hierarchy, Policy};
use mcp_guard::prelude::*;
use mcp_guard_dev::DevAuthServer;
use rmcp::ServiceExt as _;
use rmcp::model::CallToolRequestParams;
use rmcp::service::ServiceError;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tower::{Layer as _, ServiceExt as _};

use crate::support::{Answer, Fixture, METADATA, RESOURCE, VERSIONS, call, request_in};

type Rmcp = StreamableHttpService<Fixture, LocalSessionManager>;

fn rmcp_over(fixture: Fixture) -> Rmcp {
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .disable_allowed_hosts();
    StreamableHttpService::new(move || Ok(fixture.clone()), LocalSessionManager::default().into(), config)
}

async fn send<S>(service: S, request: http::Request<axum::body::Body>) -> Answer
where
    S: tower::Service<http::Request<axum::body::Body>>,
    S::Response: axum::response::IntoResponse,
    S::Error: std::fmt::Debug,
{
    use axum::response::IntoResponse as _;
    use http_body_util::BodyExt as _;
    let (parts, body) = service.oneshot(request).await.unwrap().into_response().into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, text }
}

#[tokio::test]
async fn other_transport_has_no_caller_and_runs_nothing() {
    let fixture = Fixture::default();
    let (server, client) = tokio::io::duplex(64 * 1024);
    let served = fixture.clone();
    let server = tokio::spawn(async move { served.serve(server).await.unwrap().waiting().await });
    let client = ().serve(client).await.unwrap();
    for (tool, _) in Fixture::guarded_tools().requirements() {
        let result = client.call_tool(CallToolRequestParams::new(tool.to_owned())).await.unwrap();
        assert_eq!(result.is_error, Some(true), "{tool}");
        let text = result.content[0].as_text().unwrap().text.clone();
        assert_eq!(text, "Authentication is not configured on this server", "{tool}");
    }
    assert!(matches!(client.list_tools(None).await, Err(ServiceError::McpError(_))));
    assert_eq!(fixture.runs_so_far(), 0);
    client.cancel().await.unwrap();
    server.abort();
}

#[tokio::test]
async fn missing_layers_deny_every_call() {
    let fixture = Fixture::default();
    for (tool, _) in Fixture::guarded_tools().requirements() {
        let answer = send(rmcp_over(fixture.clone()), call(tool).bearer("whatever").build()).await;
        assert_eq!(answer.json()["result"]["isError"], true, "{answer:?}");
    }
    assert_eq!(fixture.runs_so_far(), 0);
}

#[tokio::test]
async fn gate_without_auth_layer_denies_every_call() {
    let fixture = Fixture::default();
    let gate = GateLayer::new::<Fixture>(1024 * 1024);
    let answer = send(gate.layer(rmcp_over(fixture.clone())), call("read").bearer("whatever").build()).await;
    assert_eq!(answer.status, http::StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(fixture.runs_so_far(), 0);
}

#[tokio::test]
async fn inner_lock_decides_without_the_gate() {
    let fixture = Fixture::default();
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let validator = Issuer::jwt(issuer.issuer()).validator(RESOURCE).await.unwrap();
    let auth = AuthLayer::new(validator, Policy::default(), Challenger::new(METADATA)).for_mcp();
    let service = || auth.layer(rmcp_over(fixture.clone()));
    let token = |scope: &str| issuer.token().audience(RESOURCE).scope(scope).sign();

    let rejected = send(service(), call("write").bearer(&token("todo:read")).build()).await;
    assert_eq!(rejected.json()["result"]["isError"], true, "{rejected:?}");
    assert_eq!(rejected.result_text(), "Insufficient scope: todo:write is required", "{rejected:?}");
    assert_eq!(fixture.runs_so_far(), 0);

    let allowed = send(service(), call("write").bearer(&token("todo:write")).build()).await;
    assert_eq!(allowed.result_text(), "ran", "{allowed:?}");
    assert_eq!(send(service(), call("read").build()).await.status, http::StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn inner_lock_enforces_baseline_and_anonymous_access() {
    let fixture = Fixture::default();
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let validator = Issuer::jwt(issuer.issuer()).validator(RESOURCE).await.unwrap();
    let policy = Policy::new(Scope::from_static("todo:read").into(), Hierarchy::default(), true);
    let auth = AuthLayer::new(validator, policy, Challenger::new(METADATA)).for_mcp();
    let service = || auth.layer(rmcp_over(fixture.clone()));
    for tool in ["read", "who"] {
        let anonymous = send(service(), call(tool).build()).await;
        assert_eq!(anonymous.json()["result"]["isError"], true, "{anonymous:?}");
        assert!(anonymous.result_text().contains("Access token required"), "{anonymous:?}");
    }
    let poor = issuer.token().audience(RESOURCE).scope("todo:write").sign();
    let rejected = send(service(), call("write").bearer(&poor).build()).await;
    assert!(rejected.result_text().contains("todo:read is required"), "{rejected:?}");
    assert_eq!(fixture.runs_so_far(), 0);
}

#[tokio::test]
async fn inner_lock_guards_the_tool_list() {
    let issuer = DevAuthServer::builder().start().await.unwrap();
    let validator = Issuer::jwt(issuer.issuer()).validator(RESOURCE).await.unwrap();
    let policy = Policy::new(Scope::from_static("todo:read").into(), Hierarchy::default(), false);
    let auth = AuthLayer::new(validator, policy, Challenger::new(METADATA)).for_mcp();
    let list = |scope: &str| {
        let token = issuer.token().audience(RESOURCE).scope(scope).sign();
        let request = request_in(VERSIONS[2], "tools/list", serde_json::json!({})).bearer(&token).build();
        send(auth.layer(rmcp_over(Fixture::default())), request)
    };
    assert!(list("todo:read").await.json()["result"]["tools"].is_array());
    assert_eq!(list("other").await.json()["error"]["code"], -32600);
}
