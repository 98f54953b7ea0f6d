use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(authenticated, read_only, annotations(read_only_hint = false))]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
