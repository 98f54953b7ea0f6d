use mcp_guard::prelude::*;

struct Todos {
    count: std::cell::Cell<usize>,
}

#[guarded_tools]
impl Todos {
    #[guarded_tool(authenticated)]
    fn count(&self) -> String {
        self.count.get().to_string()
    }
}

fn main() {}
