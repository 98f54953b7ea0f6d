use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_resource(uri = "todo://lists/{list}", authenticated, scopes_for = |lsit| Scope::new(lsit.clone()).ok())]
    fn list(&self, list: String) -> String {
        list
    }

    #[guarded_resource(
        uri = "todo://lists/{list}/todos/{id}",
        authenticated,
        scopes_for = |list, owner: &String| Scope::new(format!("{owner}:{list}")).ok()
    )]
    fn todo(&self, list: String, id: u64) -> String {
        format!("{list} {id}")
    }
}

fn main() {}
