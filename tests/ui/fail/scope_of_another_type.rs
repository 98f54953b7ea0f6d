use mcp_guard::prelude::*;

const LIMIT: usize = 3;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = LIMIT)]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
