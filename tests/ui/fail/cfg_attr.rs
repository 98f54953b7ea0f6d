use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[cfg_attr(unix, guarded_tool(scope = "todo:write"))]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
