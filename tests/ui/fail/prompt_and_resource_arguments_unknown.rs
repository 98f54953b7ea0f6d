use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_prompt(scope = "todo:read", read_only)]
    fn plan(&self) -> String {
        String::new()
    }

    #[guarded_resource(uir = "todo://todos", scope = "todo:read", mime = "text/plain")]
    fn todos(&self) -> String {
        String::new()
    }

    #[guarded_tool(scope = "todo:read", uri = "todo://todos")]
    fn list(&self) -> String {
        String::new()
    }
}

fn main() {}
