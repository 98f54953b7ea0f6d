use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:write")]
    #[tool]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
