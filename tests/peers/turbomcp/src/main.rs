//! The todo list on turbomcp: the tool has its own scope.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use turbomcp::auth::{JwtValidator, ResourceMetadata, ResourceServer, StaticJwks};
use turbomcp::http::{HttpConfig, ServeHttp as _};
use turbomcp::prelude::*;

#[derive(JsonSchema, Serialize)]
struct Todo {
    id: u32,
    title: String,
    done: bool,
}

#[derive(JsonSchema, Serialize)]
struct TodoList {
    todos: Vec<Todo>,
}

#[derive(Clone)]
struct Todos;

#[server(name = "todos", version = "1")]
impl Todos {
    /// List your todos.
    #[tool(description = "List your todos.", scopes("todo:read"))]
    async fn list_todos(&self) -> McpResult<Json<TodoList>> {
        let todos = (0..7).map(|id| Todo { id, title: format!("Todo number {id}"), done: id % 2 == 0 }).collect();
        Ok(Json(TodoList { todos }))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let [address, issuer, keys] = std::env::args().skip(1).collect::<Vec<_>>().try_into().unwrap();
    let resource = format!("http://{address}/mcp");
    let validator = JwtValidator::new(StaticJwks::from_json(&keys).unwrap(), &resource, &issuer);
    let metadata_url = format!("http://{address}/.well-known/oauth-protected-resource/mcp");
    let auth = ResourceServer::new(validator, ResourceMetadata::new(&resource, [&issuer]), metadata_url);
    let config = HttpConfig::new().with_authenticator(Arc::new(auth));
    Todos.into_server().run_http(address.parse().unwrap(), config).await.unwrap();
}
