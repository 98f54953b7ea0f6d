//! Every way to state what a tool requires.

use mcp_guard::policy::Requirement;
use mcp_guard::prelude::*;

const DELETE: Scope = Scope::from_static("todo:delete");

enum TodoScope {
    Read,
    Write,
}

impl From<TodoScope> for Scope {
    fn from(scope: TodoScope) -> Self {
        match scope {
            TodoScope::Read => Self::from_static("todo:read"),
            TodoScope::Write => Self::from_static("todo:write"),
        }
    }
}

struct Todos;

#[guarded_tools]
impl Todos {
    const SHARE: Scope = Scope::from_static("todo:share");

    #[guarded_tool(scope = "todo:read")]
    fn text(&self) {}

    #[guarded_tool(scope = TodoScope::Read)]
    fn variant(&self) {}

    #[guarded_tool(scope = DELETE)]
    fn constant(&self) {}

    #[guarded_tool(scope = Self::SHARE)]
    fn associated_constant(&self) {}

    #[guarded_tool(scopes = ["todo:read", TodoScope::Write, DELETE])]
    fn all(&self) {}

    #[guarded_tool(scopes = ["todo:read",])]
    fn all_of_one(&self) {}

    #[guarded_tool(any_of = [TodoScope::Write, "todo:admin", DELETE])]
    fn any(&self) {}

    #[guarded_tool(any_of = ["todo:admin"])]
    fn any_of_one(&self) {}

    #[guarded_tool(authenticated)]
    fn authenticated(&self) {}

    #[guarded_tool(public)]
    fn public(&self) {}
}

fn scope(text: &'static str) -> Scope {
    Scope::from_static(text)
}

#[test]
fn works() {
    let tools = Todos::guarded_tools();
    let all = Requirement::all(["todo:delete", "todo:read", "todo:write"].map(scope));
    let any = Requirement::any(scope("todo:write"), ["todo:delete", "todo:admin"].map(scope));
    for (tool, requirement) in [
        ("text", Requirement::scope(scope("todo:read"))),
        ("variant", Requirement::scope(scope("todo:read"))),
        ("constant", Requirement::scope(scope("todo:delete"))),
        ("associated_constant", Requirement::scope(scope("todo:share"))),
        ("all", all),
        ("all_of_one", Requirement::scope(scope("todo:read"))),
        ("any", any),
        ("any_of_one", Requirement::scope(scope("todo:admin"))),
        ("authenticated", Requirement::Authenticated),
        ("public", Requirement::Public),
    ] {
        assert_eq!(tools.requirement(tool), Some(&requirement), "{tool}");
    }
    let Some(Requirement::Any(any)) = tools.requirement("any") else { panic!() };
    assert_eq!(any.first().as_str(), "todo:write", "the first one is what a challenge names");
}
