use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools(name = "todos", name = "todo")]
impl Todos {
    #[guarded_tool(authenticated)]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
