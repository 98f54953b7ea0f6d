use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = 42)]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
