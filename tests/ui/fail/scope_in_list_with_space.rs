use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scopes = ["todo:read todo:write", "todo:delete"])]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
