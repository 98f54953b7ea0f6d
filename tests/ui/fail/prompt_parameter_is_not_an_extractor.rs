use mcp_guard::prelude::*;

#[derive(serde::Deserialize)]
struct Todo {
    title: String,
}

struct Id(u64);

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_prompt(scope = "todo:read")]
    fn plan(&self, topic: String) -> String {
        topic
    }

    #[guarded_prompt(scope = "todo:read")]
    fn review(&self, Parameters(todo): Parameters<Todo>) -> String {
        todo.title
    }

    #[guarded_resource(uri = "todo://todos", scope = "todo:read")]
    fn todos(&self, id: Id) -> String {
        id.0.to_string()
    }
}

fn main() {}
