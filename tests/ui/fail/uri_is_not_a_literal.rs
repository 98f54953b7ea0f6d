use mcp_guard::prelude::*;

const TODOS: &str = "todo://todos";

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_resource(uri = TODOS, scope = "todo:read")]
    fn todos(&self) -> String {
        String::new()
    }

    #[guarded_resource(uri, scope = "todo:read")]
    fn lists(&self, id: u64) -> String {
        id.to_string()
    }

    #[guarded_resource("todo://notes", scope = "todo:read")]
    fn notes(&self) -> String {
        String::new()
    }
}

fn main() {}
