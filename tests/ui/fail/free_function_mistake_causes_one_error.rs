//! The function stays callable and registered: nothing is reported but the mistakes.

use mcp_guard::prelude::*;

mod tools {
    use mcp_guard::prelude::*;

    #[guarded_tool(scop = "todo:write", raed_only)]
    pub(crate) fn add(todos: &super::Todos) -> String {
        todos.0.clone()
    }
}

#[guarded_tool]
#[guarded_tool(scope = "todo:read")]
async fn list() -> String {
    String::new()
}

struct Todos(String);

#[guarded_tools(tools = [tools::add, list])]
impl Todos {}

fn serve<S: GuardedServer>(_: S) {}

fn main() {
    let todos = Todos(String::new());
    tools::add(&todos);
    drop(list());
    serve(todos);
}
