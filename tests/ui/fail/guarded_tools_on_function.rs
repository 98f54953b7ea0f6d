use mcp_guard::prelude::*;

#[guarded_tools]
fn add() -> String {
    String::new()
}

fn main() {
    add();
}
