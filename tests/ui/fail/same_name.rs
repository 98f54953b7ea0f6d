use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:write")]
    fn add(&self) -> String {
        String::new()
    }

    #[guarded_tool(scope = "todo:write", name = "add")]
    fn create(&self) -> String {
        String::new()
    }
}

fn main() {}
