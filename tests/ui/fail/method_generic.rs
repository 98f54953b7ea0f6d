use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:write")]
    fn add<T: Default, const N: usize>(&self) -> String {
        String::new()
    }
}

fn main() {}
