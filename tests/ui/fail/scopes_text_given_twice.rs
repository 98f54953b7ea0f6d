use mcp_guard::prelude::*;

#[derive(Scopes)]
enum TodoScope {
    #[scope("todo:read")]
    Read,
    #[scope("todo:write")]
    Write,
    #[scope("todo:read")]
    List,
}

fn main() {}
