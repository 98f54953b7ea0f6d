use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "offline_access")]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
