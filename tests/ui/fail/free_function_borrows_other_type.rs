use mcp_guard::prelude::*;

struct Todos;

#[guarded_tool(scope = "todo:write")]
fn add(todos: &mut Todos) {
    drop(todos);
}

#[guarded_tool(scope = "todo:write")]
fn change(title: &str) -> String {
    title.to_owned()
}

#[guarded_tool(scope = "todo:write")]
fn remove(todos: &impl Sized) {
    drop(todos);
}

#[guarded_tools(tools = [add, change, remove])]
impl Todos {}

fn main() {}
