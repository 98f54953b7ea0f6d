use mcp_guard::prelude::*;

#[guarded_handler]
struct Todos;

#[guarded_handler]
impl Todos {
    #[guarded(scope = "todo:read")]
    fn list(&self) {}
}

#[guarded_handler]
impl Clone for Todos {
    fn clone(&self) -> Self {
        Self
    }
}

fn main() {
    Todos.list();
}
