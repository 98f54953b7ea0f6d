//! The rate of a limit is checked while compiling.

use mcp_guard::prelude::*;

#[derive(Clone)]
struct Todos;

#[guarded_tools]
impl Todos {
    /// Words.
    #[guarded_tool(scope = "todo:read", limit = "ten per minute")]
    fn words(&self) -> String {
        String::new()
    }

    /// Another separator.
    #[guarded_tool(scope = "todo:read", limit = "10 per min")]
    fn separator(&self) -> String {
        String::new()
    }

    /// A plural.
    #[guarded_prompt(scope = "todo:read", limit = "10/minutes")]
    fn plural(&self) -> String {
        String::new()
    }

    /// No calls at all.
    #[guarded_resource(uri = "todo://zero", scope = "todo:read", limit = "0/hour")]
    fn zero(&self) -> String {
        String::new()
    }

    /// A number.
    #[guarded_tool(scope = "todo:read", limit = 10)]
    fn number(&self) -> String {
        String::new()
    }

    /// An unknown window.
    #[guarded_tool(scope = "todo:read", limit = "10/fortnight")]
    fn window(&self) -> String {
        String::new()
    }
}

fn main() {}
