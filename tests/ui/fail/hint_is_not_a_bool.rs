use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(authenticated, read_only = "yes")]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
