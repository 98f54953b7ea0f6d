use mcp_guard::prelude::*;

#[derive(Scopes)]
enum TodoScope {
    #[scope("todo:read", implies(Read))]
    Read,
}

fn main() {}
