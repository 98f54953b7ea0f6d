use mcp_guard::prelude::*;

#[derive(Scopes)]
enum TodoScope<'a, T: 'a> {
    #[scope("todo:read")]
    Read(&'a T),
}

fn main() {}
