use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools(titel = "Todos", router = todos)]
impl Todos {
    #[guarded_tool(authenticated)]
    fn add(&self) -> String {
        String::new()
    }
}

fn main() {}
