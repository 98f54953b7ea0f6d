use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scop = "todo:read", authenticated, name = 42)]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
