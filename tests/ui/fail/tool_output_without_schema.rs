use mcp_guard::prelude::*;

#[derive(serde::Serialize)]
struct Todo {}

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:write")]
    fn add(&self) -> Json<Todo> {
        Json(Todo {})
    }
}

fn main() {}
