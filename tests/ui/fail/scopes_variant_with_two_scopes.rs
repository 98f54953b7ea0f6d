use mcp_guard::prelude::*;

#[derive(Scopes)]
enum TodoScope {
    #[scope("todo:read")]
    #[scope("todo:list")]
    Read,
    #[scope("todo:write", "todo:create")]
    Write,
}

fn main() {}
