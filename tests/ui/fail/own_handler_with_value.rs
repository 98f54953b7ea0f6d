use mcp_guard::prelude::*;
use rmcp::ServerHandler;

struct Todos;

#[guarded_tools(own_handler = true)]
impl Todos {
    #[guarded_tool(scope = "todo:read")]
    fn list(&self) {}
}

#[guarded_handler]
impl ServerHandler for Todos {}

fn serve<S: GuardedServer>(_: S) {}

fn main() {
    serve(Todos);
}
