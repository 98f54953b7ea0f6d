use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(authenticated, annotations(title = "Add", title = "Add a todo"))]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
