use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = " ")]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
