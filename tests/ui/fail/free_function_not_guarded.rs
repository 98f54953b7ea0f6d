use mcp_guard::prelude::*;

fn list() -> String {
    String::new()
}

struct Todos;

#[guarded_tools(tools = [list, no_such_function])]
impl Todos {}

fn main() {
    list();
}
