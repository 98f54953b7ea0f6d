use mcp_guard::prelude::*;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Todo {
    title: String,
}

fn list_of(todo: &Todo) -> String {
    format!("todo:list:{}", todo.title)
}

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(authenticated, scopes_for = list_of)]
    fn add(&self, Parameters(todo): Parameters<Todo>) -> String {
        todo.title
    }

    #[guarded_tool(authenticated, scopes_for = |todo| todo.title.len())]
    fn remove(&self, Parameters(todo): Parameters<Todo>) -> String {
        todo.title
    }

    #[guarded_resource(uri = "todo://lists/{list}", authenticated, scopes_for = |list| list.len())]
    fn list(&self, list: String) -> String {
        list
    }
}

fn main() {}
