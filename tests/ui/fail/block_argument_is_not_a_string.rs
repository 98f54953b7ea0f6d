use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools(version = 1)]
impl Todos {
    #[guarded_tool(authenticated)]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
