use mcp_guard::prelude::*;

struct Todo;
struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:write")]
    async fn add(&self) -> Todo {
        Todo
    }
}

fn main() {}
