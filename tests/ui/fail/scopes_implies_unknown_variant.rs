use mcp_guard::prelude::*;

#[derive(Scopes)]
enum TodoScope {
    #[scope("todo:read")]
    Read,
    #[scope("todo:write", implies(Raed))]
    Write,
    #[scope("todo:admin", implies(Everything))]
    Admin,
}

fn main() {}
