//! A tool exists under the condition under which its method does.

use mcp_guard::prelude::*;

struct Todos;

#[cfg(any())]
#[guarded_tool(scope = "todo:write")]
fn add(todo: ThereIsNoSuchType) {}

#[guarded_tool(scope = "todo:write")]
#[cfg(not(not(any())))]
fn add(todo: ThereIsNoSuchType) {}

#[guarded_tool(scope = "todo:write")]
#[cfg(not(any()))]
fn add() {}

#[guarded_tools(tools = [add])]
impl Todos {
    #[cfg(any())]
    #[guarded_tool(scope = "todo:delete")]
    fn never(&self, todo: ThereIsNoSuchType) {}

    #[cfg(not(any()))]
    #[guarded_tool(scope = "todo:read")]
    fn always(&self) {}

    #[guarded_tool(scope = "todo:read", name = "list", description = "everywhere")]
    #[cfg(not(any()))]
    fn list(&self) {}

    #[guarded_tool(scope = "todo:read", name = "list", description = "nowhere")]
    #[cfg(not(not(any())))]
    fn list_elsewhere(&self) {}

    #[cfg(any())]
    #[guarded_prompt(scope = "todo:read")]
    fn never_prompt(&self) -> ThereIsNoSuchType {}

    #[guarded_resource(uri = "todo://todos/{id}", scope = "todo:read")]
    #[cfg(not(any()))]
    fn todo(&self, id: u64) -> String {
        id.to_string()
    }

    #[guarded_resource(uri = "todo://todos/{id}", scope = "todo:read")]
    #[cfg(any())]
    fn todo_elsewhere(&self, id: ThereIsNoSuchType) {}
}

#[test]
fn works() {
    let tools = Todos::guarded_tools();
    let names: Vec<&str> = tools.list().iter().map(|tool| tool.name.as_ref()).collect();
    assert_eq!(names, ["add", "always", "list"]);
    assert_eq!(Todos::scope_matrix().to_string().lines().count(), 4);
    assert_eq!(tools.get("list").unwrap().description.as_deref(), Some("everywhere"));
}
