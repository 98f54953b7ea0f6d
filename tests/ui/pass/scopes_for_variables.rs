//! Scopes that are computed from the variables of a URI template.

use mcp_guard::error::InvalidScope;
use mcp_guard::prelude::*;

struct Todos;

fn of_list(list: &str, page: &u64) -> Result<Scope, InvalidScope> {
    Scope::new(format!("todo:list:{list}:{page}"))
}

#[guarded_tools]
impl Todos {
    /// The closure needs no types, not even to call methods.
    #[guarded_resource(
        uri = "todo://lists/{list}",
        authenticated,
        scopes_for = |list| list.starts_with("team-").then(|| Scope::from_static("todo:team"))
    )]
    async fn list(&self, list: String) -> String {
        list
    }

    /// It may have some.
    #[guarded_resource(uri = "todo://todos/{id}", authenticated, scopes_for = |id: &u64| Scope::new(format!("todo:{id}")))]
    async fn todo(&self, id: u64) -> String {
        id.to_string()
    }

    /// A function takes them all.
    #[guarded_resource(uri = "todo://lists/{list}/{page}", authenticated, scopes_for = of_list)]
    async fn page(&self, list: String, page: u64) -> String {
        format!("page {page} of {list}")
    }
}

#[test]
fn works() {
    assert_eq!(
        Todos::scope_matrix().to_string(),
        "template  todo://lists/{list}         authenticated, more by its arguments
template  todo://lists/{list}/{page}  authenticated, more by its arguments
template  todo://todos/{id}           authenticated, more by its arguments
"
    );
}
