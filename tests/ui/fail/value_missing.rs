use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(name, scope =)]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
