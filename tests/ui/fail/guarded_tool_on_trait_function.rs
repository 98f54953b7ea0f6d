use mcp_guard::prelude::*;

trait Todos {
    #[guarded_tool(scope = "todo:write")]
    fn add(&self) -> String;
}

fn main() {}
