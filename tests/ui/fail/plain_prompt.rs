use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[rmcp::prompt(name = "plan")]
    fn plan(&self) -> String {
        String::new()
    }

    #[guarded_prompt(scope = "todo:read")]
    #[rmcp::prompt]
    fn review(&self) -> String {
        String::new()
    }

    #[guarded_tool(scope = "todo:read")]
    #[rmcp::prompt]
    fn list(&self) -> String {
        String::new()
    }
}

fn main() {}
