use mcp_guard::prelude::*;

#[derive(Scopes)]
enum TodoScope {
    #[scope("todo: read")]
    Read,
}

struct Todos;

#[guarded_tools(scopes = TodoScope)]
impl Todos {
    #[guarded_tool(scope = "todo:read")]
    fn list(&self) -> String {
        ScopeSet::from([TodoScope::Read]).to_string()
    }

    #[guarded_tool(scope = TodoScope::Read)]
    fn count(&self) {}
}

fn main() {}
