//! The todo list on tower-mcp: the tool has its own scope.

use serde::Serialize;
use tower_mcp::oauth::{JwksValidator, ProtectedResourceMetadata, ScopePolicy};
use tower_mcp::{CallToolResult, HttpTransport, McpRouter, ToolBuilder};

#[derive(Serialize)]
struct Todo {
    id: u32,
    title: String,
    done: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let [address, issuer, _keys] = std::env::args().skip(1).collect::<Vec<_>>().try_into().unwrap();
    let resource = format!("http://{address}/mcp");
    let tool = ToolBuilder::new("list_todos")
        .description("List your todos.")
        .no_params_handler(|| async {
            let todos: Vec<Todo> =
                (0..7).map(|id| Todo { id, title: format!("Todo number {id}"), done: id % 2 == 0 }).collect();
            Ok(CallToolResult::json(serde_json::json!({ "todos": todos })))
        })
        .build();
    let metadata = ProtectedResourceMetadata::new(&resource).authorization_server(&issuer).scope("todo:read");
    let validator = JwksValidator::builder(format!("{issuer}/jwks"))
        .expected_audience(&resource)
        .expected_issuer(&issuer)
        .build()
        .await
        .unwrap();
    let policy = ScopePolicy::new().tool_scope("list_todos", "todo:read");
    let app = HttpTransport::new(McpRouter::new().server_info("todos", "1").tool(tool))
        .into_oauth_router_at("/mcp", validator, metadata, policy)
        .unwrap();
    let listener = tokio::net::TcpListener::bind(&address).await.unwrap();
    axum::serve(listener, app).await.unwrap();
}
