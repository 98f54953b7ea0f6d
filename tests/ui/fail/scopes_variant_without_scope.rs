use mcp_guard::prelude::*;

#[derive(Scopes)]
enum TodoScope {
    Read,
    #[scope]
    Write,
    #[scope(implies(Read))]
    Admin,
}

fn main() {}
