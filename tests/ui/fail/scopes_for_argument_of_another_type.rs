use mcp_guard::prelude::*;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Todo {
    title: String,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Note {
    text: String,
}

fn of_note(note: &Note) -> Option<Scope> {
    Scope::new(note.text.clone()).ok()
}

fn by_value(todo: Todo) -> Option<Scope> {
    Scope::new(todo.title.clone()).ok()
}

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(authenticated, scopes_for = of_note)]
    fn add(&self, Parameters(todo): Parameters<Todo>) -> String {
        todo.title
    }

    #[guarded_prompt(authenticated, scopes_for = by_value)]
    fn plan(&self, Parameters(todo): Parameters<Todo>) -> String {
        todo.title
    }

    #[guarded_tool(authenticated, scopes_for = |todo: &Note| Scope::new(todo.text.clone()).ok())]
    fn remove(&self, Parameters(todo): Parameters<Todo>) -> String {
        todo.title
    }
}

fn main() {}
