use mcp_guard::prelude::*;

struct TodoError;
struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:write")]
    async fn add(&self) -> Result<String, TodoError> {
        Err(TodoError)
    }
}

fn main() {}
