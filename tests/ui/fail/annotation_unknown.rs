use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(authenticated, annotations(readonly_hint = true))]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
