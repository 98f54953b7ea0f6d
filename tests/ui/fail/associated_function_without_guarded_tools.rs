use mcp_guard::prelude::*;

struct Todos;

impl Todos {
    #[guarded_tool(scope = "todo:read")]
    fn create() -> Self {
        Self
    }

    #[guarded_tool(scope = "todo:read")]
    fn version() -> String {
        "1".to_owned()
    }
}

fn main() {
    Todos::create();
    Todos::version();
}
