//! The todo list on rust-mcp-sdk: the scope is that of the whole endpoint.

use std::sync::Arc;

use async_trait::async_trait;
use rust_mcp_axum::{AxumServerOptions, create_axum_server};
use rust_mcp_extra::token_verifier::{GenericOauthTokenVerifier, TokenVerifierOptions, VerificationStrategies};
use rust_mcp_sdk::auth::{Audience, AuthMetadataBuilder, RemoteAuthProvider};
use rust_mcp_sdk::error::SdkResult;
use rust_mcp_sdk::macros::{JsonSchema, mcp_tool};
use rust_mcp_sdk::mcp_server::{ServerHandler, ToMcpServerHandler};
use rust_mcp_sdk::schema::schema_utils::CallToolError;
use rust_mcp_sdk::schema::{
    CallToolRequestParams, CallToolResult, Implementation, ListToolsResult, ListToolsResultCacheScope,
    PaginatedRequestParams, RpcError, ServerCapabilities, ServerCapabilitiesTools, ServerResult, TextContent,
};
use rust_mcp_sdk::{McpServer, RequestContext, ServerDetails};
use serde::{Deserialize, Serialize};

#[mcp_tool(name = "list_todos", description = "List your todos.")]
#[derive(Debug, Deserialize, JsonSchema, Serialize)]
struct ListTodos {}

#[derive(Serialize)]
struct Todo {
    id: u32,
    title: String,
    done: bool,
}

struct Todos;

#[async_trait]
impl ServerHandler for Todos {
    async fn handle_list_tools_request(
        &self,
        _: Option<PaginatedRequestParams>,
        _: &RequestContext,
        _: Arc<dyn McpServer>,
    ) -> Result<ListToolsResult, RpcError> {
        Ok(ListToolsResult {
            cache_scope: ListToolsResultCacheScope::Private,
            result_type: "complete".to_owned(),
            ttl_ms: 0,
            meta: None,
            next_cursor: None,
            tools: vec![ListTodos::tool()],
        })
    }

    async fn handle_call_tool_request(
        &self,
        params: CallToolRequestParams,
        _: &RequestContext,
        _: Arc<dyn McpServer>,
    ) -> Result<ServerResult, CallToolError> {
        if params.name != "list_todos" {
            return Err(CallToolError::unknown_tool(params.name));
        }
        let todos: Vec<Todo> =
            (0..7).map(|id| Todo { id, title: format!("Todo number {id}"), done: id % 2 == 0 }).collect();
        let value = serde_json::json!({ "todos": todos });
        let mut result = CallToolResult::text_content(vec![TextContent::from(value.to_string())]);
        result.structured_content = Some(value);
        Ok(result.into())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> SdkResult<()> {
    let [address, issuer, _keys] = std::env::args().skip(1).collect::<Vec<_>>().try_into().unwrap();
    let (host, port) = address.split_once(':').unwrap();
    let resource = format!("http://{address}/mcp");
    let discovery = format!("{issuer}/.well-known/oauth-authorization-server");
    let (server_metadata, resource_metadata) =
        AuthMetadataBuilder::from_discovery_url(&discovery, &resource, vec!["todo:read"]).await?.build()?;
    let verifier = GenericOauthTokenVerifier::new(TokenVerifierOptions {
        validate_audience: Some(Audience::Single(resource.clone())),
        validate_issuer: Some(issuer.clone()),
        strategies: vec![VerificationStrategies::JWKs { jwks_uri: format!("{issuer}/jwks") }],
        cache_capacity: Some(10_000),
    })
    .unwrap();
    let scopes = Some(vec!["todo:read".to_owned()]);
    let auth = RemoteAuthProvider::new(server_metadata, resource_metadata, Box::new(verifier), scopes);
    let details = ServerDetails {
        server_info: Implementation {
            name: "todos".to_owned(),
            version: "1".to_owned(),
            title: None,
            description: None,
            icons: Vec::new(),
            website_url: None,
        },
        capabilities: ServerCapabilities {
            tools: Some(ServerCapabilitiesTools { list_changed: None }),
            ..ServerCapabilities::default()
        },
        meta: None,
        instructions: None,
    };
    let options = AxumServerOptions {
        host: host.to_owned(),
        port: port.parse().unwrap(),
        enable_json_response: Some(true),
        auth: Some(Arc::new(auth)),
        ..AxumServerOptions::default()
    };
    create_axum_server(details, Todos.to_mcp_server_handler(), options).start().await
}
