use mcp_guard::prelude::*;

enum TodoScope {
    Read,
}

struct Todos;

#[guarded_tools(scopes = TodoScope)]
impl Todos {
    #[guarded_tool(scope = "todo:read")]
    fn list(&self) {}

    #[guarded_tool(scope = "todo:write")]
    fn add(&self) {}
}

fn main() {}
