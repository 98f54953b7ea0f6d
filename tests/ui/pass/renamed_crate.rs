//! `crate = ..` says where mcp-guard is found.

mod facade {
    pub mod guard {
        pub use mcp_guard::*;
    }
}

use facade::guard::prelude::*;

struct Todos;

#[guarded_tools(crate = crate::facade::guard, name = "todos")]
impl Todos {
    #[guarded_tool(scope = "todo:read")]
    async fn list(&self, token: Option<ValidatedToken>) -> Result<String, String> {
        token.map(|token| token.subject().to_owned()).ok_or_else(String::new)
    }
}

fn main() {
    assert!(Todos::guarded_tools().get("list").is_some());
}
