use mcp_guard::prelude::*;

#[derive(Scopes)]
#[scopes]
#[scopes(crate = "mcp_guard", crate = mcp_guard, prefix = "todo:")]
enum TodoScope {
    #[scope("todo:read")]
    Read,
}

fn main() {}
