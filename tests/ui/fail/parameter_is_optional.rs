use mcp_guard::prelude::*;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Todo {}

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:write")]
    fn add(&self, title: Option<Parameters<Todo>>) -> String {
        drop(title);
        String::new()
    }
}

fn main() {}
