use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(name = "add_todo", read_only)]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
