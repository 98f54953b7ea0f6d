use mcp_guard::prelude::*;

struct Todos<T>(T);

#[guarded_tool(scope = "todo:read")]
fn list<T: ToString>(todos: &Todos<T>) -> String {
    todos.0.to_string()
}

fn main() {
    list(&Todos(1));
}
