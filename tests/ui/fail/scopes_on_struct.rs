use mcp_guard::prelude::*;

#[derive(Scopes)]
#[scopes(crate = ::mcp_guard)]
struct TodoScope;

fn needed() -> ScopeSet {
    TodoScope.into()
}

fn main() {}
