use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:write")]
    #[guarded_tool(scope = "todo:delete")]
    fn clear(&self) -> String {
        String::new()
    }
}

fn main() {}
