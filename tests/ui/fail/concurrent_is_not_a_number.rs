//! The maximum number of calls in progress is a number above zero.

use mcp_guard::prelude::*;

#[derive(Clone)]
struct Todos;

#[guarded_tools]
impl Todos {
    /// No calls at all.
    #[guarded_tool(scope = "todo:read", concurrent = 0)]
    fn zero(&self) -> String {
        String::new()
    }

    /// A text.
    #[guarded_tool(scope = "todo:read", concurrent = "2")]
    fn text(&self) -> String {
        String::new()
    }

    /// Twice.
    #[guarded_tool(scope = "todo:read", concurrent = 2, concurrent = 3)]
    fn twice(&self) -> String {
        String::new()
    }
}

fn main() {}
