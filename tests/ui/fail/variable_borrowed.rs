use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_resource(uri = "todo://lists/{list}", scope = "todo:read")]
    fn list(&self, list: &str) -> String {
        list.to_owned()
    }
}

fn main() {}
