use mcp_guard::prelude::*;

struct Notes;

#[guarded_tool(scope = "todo:read")]
fn list(notes: &Notes) -> String {
    drop(notes);
    String::new()
}

struct Todos;

#[guarded_tools(tools = [list])]
impl Todos {}

fn main() {
    list(&Notes);
}
