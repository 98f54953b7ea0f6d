use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_resource(uri = "todo://lists/{list}", authenticated, scopes_for = |_| None)]
    fn list(&self, list: String) -> String {
        list
    }

    #[guarded_resource(uri = "todo://todos/{id}", authenticated, scopes_for = |(id, _): (u64, u64)| Some(id))]
    fn todo(&self, id: u64) -> String {
        id.to_string()
    }
}

fn main() {}
