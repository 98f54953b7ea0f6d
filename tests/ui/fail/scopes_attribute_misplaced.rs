use mcp_guard::prelude::*;

#[derive(Scopes)]
#[scope("todo")]
enum TodoScope {
    #[scopes("todo:read")]
    Read,
}

fn main() {}
