use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(audience = "todos")]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
