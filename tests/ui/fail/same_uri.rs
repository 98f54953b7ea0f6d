use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_resource(uri = "todo://todos/{id}", scope = "todo:read")]
    fn todo(&self, id: u64) -> String {
        id.to_string()
    }

    #[guarded_resource(uri = "todo://todos/{id}", scope = "todo:write")]
    fn again(&self, id: u64) -> String {
        id.to_string()
    }
}

fn main() {}
