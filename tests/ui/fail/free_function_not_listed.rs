#![deny(dead_code)]

use mcp_guard::prelude::*;

/// No server has it.
#[guarded_tool(scope = "todo:read")]
fn list() -> String {
    String::new()
}

fn main() {}
