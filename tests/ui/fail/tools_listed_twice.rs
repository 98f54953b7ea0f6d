use mcp_guard::prelude::*;

mod more {
    use mcp_guard::prelude::*;

    #[guarded_tool(scope = "todo:read")]
    pub fn list() {}
}

struct Todos;

#[guarded_tools(tools = [more::list, more::list])]
impl Todos {}

struct Notes;

#[guarded_tools(tools = [])]
impl Notes {
    #[guarded_tool(scope = "note:read")]
    fn list(&self) {}
}

fn main() {}
