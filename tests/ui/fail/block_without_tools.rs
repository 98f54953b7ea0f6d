use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {
    Todos.add();
}
