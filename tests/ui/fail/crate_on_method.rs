use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:read", crate = ::mcp_guard)]
    fn list(&self) {}
}

#[guarded_tool(scope = "todo:read", crate = "mcp_guard")]
fn add() {}

fn main() {}
