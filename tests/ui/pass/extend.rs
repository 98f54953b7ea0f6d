//! `extend` adds what only a running program knows.

use mcp_guard::layer::Guarded;
use mcp_guard::policy::Requirement;
use mcp_guard::prelude::*;
use rmcp::ServerHandler;

struct Todos;

#[rmcp::tool_router]
impl Todos {
    #[rmcp::tool]
    fn plain(&self) -> String {
        String::new()
    }

    #[rmcp::tool]
    fn other(&self) -> String {
        String::new()
    }
}

#[guarded_tool(authenticated)]
fn free() {}

#[guarded_tools(extend = Self::more)]
impl Todos {
    #[guarded_tool(scope = "todo:read")]
    fn list(&self) {}

    fn more(guarded: &mut Guarded<Self>) {
        let tools = guarded.tools_mut();
        tools.register::<free>();
        let admin = Requirement::scope(Scope::from_static("todo:admin"));
        tools.merge_each(Self::tool_router(), [("plain", admin), ("other", Requirement::Authenticated)]);
    }
}

struct Others<T>(T);

fn nothing<T: Send + Sync + 'static>(guarded: &mut Guarded<Others<T>>) {
    let _ = guarded.tools_mut();
}

/// Nothing but what is added.
#[guarded_tools(extend = nothing)]
impl<T: Send + Sync + 'static> Others<T> {}

#[test]
fn works() {
    assert_eq!(
        Todos::scope_matrix().to_string(),
        "tool  free   authenticated
tool  list   todo:read
tool  other  authenticated
tool  plain  todo:admin
"
    );
    assert!(Todos.get_info().capabilities.prompts.is_none());
    assert_eq!(Others::<u8>::guarded_tools().list().len(), 0);
    let _ = Others(1).0;
    Todos.list();
    free();
}
