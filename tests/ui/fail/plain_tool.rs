use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[tool(description = "Adds a todo")]
    fn add(&self) -> String {
        String::new()
    }

    #[rmcp::tool]
    fn clear(&self) -> String {
        String::new()
    }
}

fn main() {}
