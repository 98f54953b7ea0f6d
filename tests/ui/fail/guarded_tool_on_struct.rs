use mcp_guard::prelude::*;

#[guarded_tool(scope = "todo:write")]
struct Todo;

fn main() {
    let _ = Todo;
}
