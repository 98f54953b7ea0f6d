use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_resource(uri = "todo://todos/{id", scope = "todo:read")]
    fn unclosed(&self, id: u64) -> String {
        id.to_string()
    }

    #[guarded_resource(uri = "todo://tâches", scope = "todo:read")]
    fn character(&self) -> String {
        String::new()
    }

    #[guarded_resource(uri = "todo://all todos", scope = "todo:read")]
    fn space(&self) -> String {
        String::new()
    }

    #[guarded_resource(uri = "todo://100%", scope = "todo:read")]
    fn percent(&self) -> String {
        String::new()
    }

    #[guarded_resource(uri = "todo://todos/{}", scope = "todo:read")]
    fn expression(&self) -> String {
        String::new()
    }

    #[guarded_resource(uri = "todo://todos/{todo-id}", scope = "todo:read")]
    fn variable(&self) -> String {
        String::new()
    }

    #[guarded_resource(uri = "todo://todos/{todo.id}", scope = "todo:read")]
    fn dotted(&self) -> String {
        String::new()
    }
}

fn main() {}
