//! What the server says of itself.

use mcp_guard::prelude::*;
use rmcp::ServerHandler;

struct Named;

#[guarded_tools(
    name = "todos",
    title = "Todos",
    version = concat!("1", ".0"),
    instructions = "Keeps your todos."
)]
impl Named {
    #[guarded_tool(authenticated)]
    fn list(&self) {}
}

struct Unnamed;

#[guarded_tools]
impl Unnamed {
    #[guarded_tool(authenticated)]
    fn list(&self) {}
}

#[test]
fn works() {
    let info = Named.get_info();
    assert_eq!(info.server_info.name, "todos");
    assert_eq!(info.server_info.title.as_deref(), Some("Todos"));
    assert_eq!(info.server_info.version, "1.0");
    assert_eq!(info.instructions.as_deref(), Some("Keeps your todos."));
    assert!(info.capabilities.tools.is_some());

    let info = Unnamed.get_info();
    assert_eq!(info.server_info.name, env!("CARGO_PKG_NAME"));
    assert_eq!(info.server_info.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(info.server_info.title, None);
    assert_eq!(info.instructions, None);
    assert_eq!(Unnamed.get_tool("list").unwrap().name, "list");
    assert_eq!(Unnamed.get_tool("add"), None);
}
