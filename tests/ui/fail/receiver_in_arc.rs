use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:write")]
    fn add(self: std::sync::Arc<Self>) -> String {
        String::new()
    }
}

fn main() {}
