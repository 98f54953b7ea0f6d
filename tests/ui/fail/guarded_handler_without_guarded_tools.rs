use mcp_guard::prelude::*;
use rmcp::ServerHandler;

struct Todos;

#[guarded_handler]
impl ServerHandler for Todos {}

fn main() {}
