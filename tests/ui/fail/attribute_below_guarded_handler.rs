use mcp_guard::prelude::*;
use rmcp::ServerHandler;

struct Todos;

#[guarded_tools(own_handler)]
impl Todos {
    #[guarded_tool(scope = "todo:read")]
    fn list(&self) {}
}

#[guarded_handler]
#[tracing::instrument]
#[allow(clippy::all)]
impl ServerHandler for Todos {}

fn main() {}
