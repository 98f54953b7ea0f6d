use mcp_guard::prelude::*;

struct Todos;

#[guarded_tool(scope = "todo:write")]
impl Todos {
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {
    Todos.add();
}
