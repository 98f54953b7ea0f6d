use mcp_guard::prelude::*;

struct Todos;

trait List {
    fn list(&self) -> String;
}

#[guarded_tools]
impl List for Todos {
    #[guarded_tool(scope = "todo:read")]
    fn list(&self) -> String {
        String::new()
    }
}

fn main() {
    Todos.list();
}
