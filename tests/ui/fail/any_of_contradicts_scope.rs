use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:write", any_of = ["todo:read", "todo:admin"])]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
