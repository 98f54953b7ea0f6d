use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools(scopes = ["todo:read", "todo:write"])]
impl Todos {
    #[guarded_tool(scope = "todo:read")]
    fn list(&self) {}
}

fn main() {}
