use mcp_guard::prelude::*;

#[derive(Clone, Copy, Scopes)]
union TodoScope {
    read: (),
}

fn main() {}
