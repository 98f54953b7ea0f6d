use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_prompt(scope = "todo read", name = "")]
    fn plan(&self) -> String {
        String::new()
    }

    #[guarded_resource(uri = "todos", scope = "", mime_type = 3)]
    fn todos(&mut self) -> String {
        String::new()
    }

    #[guarded_tool(public, scope = "todo:read", scopes_for = 3)]
    fn list(&self) {}
}

fn main() {}
