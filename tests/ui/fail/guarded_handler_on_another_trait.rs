use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools(own_handler)]
impl Todos {
    #[guarded_tool(scope = "todo:read")]
    fn list(&self) {}
}

trait ServerHandler {}

#[guarded_handler]
impl ServerHandler for Todos {}

impl rmcp::ServerHandler for Todos {}

fn main() {}
