use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:read todo:write")]
    fn add(&mut self) -> String {
        String::new()
    }

    #[guarded_tool]
    fn clear<T>(&self) -> String {
        String::new()
    }
}

fn main() {}
