use mcp_guard::prelude::*;

#[derive(schemars::JsonSchema)]
struct Todo {}

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:write")]
    fn add(&self, todo: Parameters<Todo>) -> String {
        drop(todo);
        String::new()
    }
}

fn main() {}
