use mcp_guard::prelude::*;

#[derive(Scopes)]
enum TodoScope {
    #[scope("todo:read")]
    Read(u64),
    #[scope("todo:write")]
    Write { id: u64 },
}

fn main() {}
