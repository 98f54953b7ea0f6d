use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(authenticated, name = NAME)]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
