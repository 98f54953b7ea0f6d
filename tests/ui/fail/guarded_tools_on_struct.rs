use mcp_guard::prelude::*;

#[guarded_tools]
struct Todos;

fn main() {
    let _ = Todos;
}
