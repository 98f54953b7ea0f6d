use mcp_guard::prelude::*;
use rmcp::ServerHandler;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:read")]
    fn list(&self) {}
}

#[guarded_handler]
impl ServerHandler for Todos {}

fn main() {}
