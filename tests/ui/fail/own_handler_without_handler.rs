use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools(own_handler)]
impl Todos {
    #[guarded_tool(scope = "todo:read")]
    fn list(&self) {}
}

fn main() {}
