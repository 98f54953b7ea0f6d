use mcp_guard::prelude::*;

fn none(_: &()) -> ScopeSet {
    ScopeSet::new()
}

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(authenticated, scopes_for = none)]
    fn clear(&self) {}

    #[guarded_prompt(authenticated, scopes_for = none)]
    fn plan(&self) -> String {
        String::new()
    }

    #[guarded_resource(uri = "todo://todos", authenticated, scopes_for = none)]
    fn todos(&self) -> String {
        String::new()
    }
}

fn main() {}
