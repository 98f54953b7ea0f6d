use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[cfg_attr(all(), guarded_prompt(scope = "todo:read"))]
    fn plan(&self) -> String {
        String::new()
    }

    #[cfg_attr(all(), guarded_resource(uri = "todo://todos", scope = "todo:read"))]
    fn todos(&self) -> String {
        String::new()
    }
}

fn main() {}
