use mcp_guard::prelude::*;

#[derive(Scopes)]
enum TodoScope {
    #[scope("todo:read")]
    Read,
    #[scope("todo: write", implies(Red, Write))]
    Write { id: u64 },
}

fn main() {}
