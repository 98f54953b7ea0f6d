//! A tool exists under the condition under which its method does.

use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[cfg(any())]
    #[guarded_tool(scope = "todo:delete")]
    fn never(&self, todo: ThereIsNoSuchType) {}

    #[cfg(all())]
    #[guarded_tool(scope = "todo:read")]
    fn always(&self) {}

    #[guarded_tool(scope = "todo:read", name = "list", description = "everywhere")]
    #[cfg(all())]
    fn list(&self) {}

    #[guarded_tool(scope = "todo:read", name = "list", description = "nowhere")]
    #[cfg(not(all()))]
    fn list_elsewhere(&self) {}
}

fn main() {
    let tools = Todos::guarded_tools();
    let names: Vec<&str> = tools.list().iter().map(|tool| tool.name.as_ref()).collect();
    assert_eq!(names, ["always", "list"]);
    assert_eq!(tools.get("list").unwrap().description.as_deref(), Some("everywhere"));
}
