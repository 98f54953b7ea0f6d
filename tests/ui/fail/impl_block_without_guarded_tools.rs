use mcp_guard::prelude::*;

struct Todos;

impl Todos {
    #[guarded_tool(scope = "todo:write")]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {
    Todos.add();
}
