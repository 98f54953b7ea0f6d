use mcp_guard::prelude::*;

struct One;
struct Two;
struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:write")]
    fn add(&self, a: Parameters<One>, b: Parameters<Two>) -> String {
        drop((a, b));
        String::new()
    }
}

fn main() {}
