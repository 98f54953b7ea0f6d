use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:write")]
    fn add(&self) -> impl std::fmt::Display {
        "todo"
    }
}

fn main() {}
