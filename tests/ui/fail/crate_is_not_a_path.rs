use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools(crate = "mcp_guard")]
impl Todos {
    #[guarded_tool(authenticated)]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
