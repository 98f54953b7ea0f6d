use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = scope_of("add"))]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
