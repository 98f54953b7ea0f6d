use mcp_guard::prelude::*;

mod scopes {
    #[derive(mcp_guard::Scopes)]
    pub enum TodoScope {
        #[scope("todo:read")]
        Read,
    }
}

struct Todos;

#[guarded_tools(scopes = scopes::TodoScope, titel = "Todos")]
impl Todos {
    #[guarded_tool(scopes = ["todo:raed", "todo: read"])]
    fn list(&mut self) {}
}

fn main() {}
