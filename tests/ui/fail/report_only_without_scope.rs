use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(authenticated, report_only)]
    fn add(&self) -> String {
        String::new()
    }

    #[guarded_tool(public, report_only)]
    fn list(&self) -> String {
        String::new()
    }

    #[guarded_tool(scope = "todo:write", report_only = true)]
    fn write(&self) -> String {
        String::new()
    }
}

fn main() {}
