use mcp_guard::prelude::*;

#[derive(Scopes)]
enum TodoScope {}

fn main() {}
