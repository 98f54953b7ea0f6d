//! A tool is named like its method, unless it says otherwise.

use mcp_guard::policy::Requirement;
use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:write", name = "create-todo")]
    fn add(&self) {}

    #[guarded_tool(authenticated)]
    fn r#type(&self) {}

    #[mcp_guard::guarded_tool(authenticated)]
    fn by_path(&self) {}
}

#[test]
fn works() {
    let tools = Todos::guarded_tools();
    assert_eq!(tools.requirement("create-todo"), Some(&Requirement::scope(Scope::from_static("todo:write"))));
    assert_eq!(tools.requirement("add"), None);
    assert!(tools.get("type").is_some());
    assert!(tools.get("by_path").is_some());
}
