use mcp_guard::prelude::*;

const LIST: Scope = Scope::from_static("todo:list");

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Todo {
    title: String,
}

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(authenticated, scopes_for = "todo:list")]
    fn add(&self, Parameters(todo): Parameters<Todo>) -> String {
        todo.title
    }

    #[guarded_tool(authenticated, scopes_for = ["todo:list"])]
    fn remove(&self, Parameters(todo): Parameters<Todo>) -> String {
        todo.title
    }

    #[guarded_tool(authenticated, scopes_for)]
    fn change(&self, Parameters(todo): Parameters<Todo>) -> String {
        todo.title
    }
}

struct Lists;

#[guarded_tools]
impl Lists {
    #[guarded_tool(authenticated, scopes_for = LIST)]
    fn add(&self, Parameters(todo): Parameters<Todo>) -> String {
        todo.title
    }

    #[guarded_resource(uri = "todo://lists/{list}", authenticated, scopes_for = LIST)]
    fn list(&self, list: String) -> String {
        list
    }
}

fn main() {}
