use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:write")]
    const LIMIT: usize = 3;

    #[guarded_tool(scope = "todo:write")]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
