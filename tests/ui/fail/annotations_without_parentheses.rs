use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(authenticated, annotations = ToolAnnotations::new())]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
