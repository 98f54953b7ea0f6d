//! A plain function is a tool, with a receiver or without, and stays what it was.

use mcp_guard::policy::Requirement;
use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    /// Count your todos.
    #[guarded_tool(scope = "todo:read")]
    fn count(&self) -> String {
        Self::plural(3)
    }

    #[guarded_tool(authenticated)]
    fn version() -> String {
        "1".to_owned()
    }

    #[guarded_tool(authenticated)]
    fn forget(self: &Self) {}

    /// No tool.
    fn plural(count: usize) -> String {
        format!("{count} todos")
    }
}

#[test]
fn works() {
    let tools = Todos::guarded_tools();
    let names: Vec<&str> = tools.list().iter().map(|tool| tool.name.as_ref()).collect();
    assert_eq!(names, ["count", "forget", "version"]);
    assert_eq!(tools.requirement("count"), Some(&Requirement::scope(Scope::from_static("todo:read"))));
    assert_eq!(tools.requirement("version"), Some(&Requirement::Authenticated));
    assert_eq!(tools.requirement("plural"), None);
    assert_eq!(tools.get("count").unwrap().description.as_deref(), Some("Count your todos."));
    assert_eq!(tools.get("version").unwrap().description, None);
    assert!(std::ptr::eq(tools, Todos::guarded_tools()), "built once");

    assert_eq!(Todos.count(), "3 todos");
    assert_eq!(Todos::version(), "1");
    Todos.forget();
}
