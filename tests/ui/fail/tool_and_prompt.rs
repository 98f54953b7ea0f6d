use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:read")]
    #[guarded_prompt(scope = "todo:read")]
    fn plan(&self) -> String {
        String::new()
    }
}

#[guarded_tool(scope = "todo:read")]
#[guarded_resource(uri = "todo://todos", scope = "todo:read")]
fn todos() -> String {
    String::new()
}

fn main() {}
