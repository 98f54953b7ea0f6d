use mcp_guard::prelude::*;

#[derive(Scopes)]
enum TodoScope {
    #[scope("todo:read")]
    Read,
    #[scope("todo:write", implies(Read, Read))]
    Write,
}

fn main() {}
