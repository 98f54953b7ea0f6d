use mcp_guard::prelude::*;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Todo {
    title: String,
}

fn list_of(todo: &Todo) -> Option<Scope> {
    Scope::new(todo.title.clone()).ok()
}

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(public, scopes_for = list_of)]
    fn add(&self, Parameters(todo): Parameters<Todo>) -> String {
        todo.title
    }

    #[guarded_resource(uri = "todo://lists/{list}", scopes_for = |list| Scope::new(list.clone()).ok(), public)]
    fn list(&self, list: String) -> String {
        list
    }
}

fn main() {}
