use mcp_guard::prelude::*;

#[guarded_tool(scope = "todo:write")]
fn add() -> String {
    String::new()
}

fn main() {
    add();
}
