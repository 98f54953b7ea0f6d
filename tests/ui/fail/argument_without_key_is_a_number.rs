use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(42, name = "add_todo")]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
