//! A free function is a tool, of one server or of any, wherever it stands.

#![deny(warnings)]

use mcp_guard::layer::GuardedTool;
use mcp_guard::layer::ToolFunction;
use mcp_guard::policy::Requirement;
use mcp_guard::prelude::*;

#[derive(serde::Deserialize, schemars::JsonSchema)]
pub struct Todo {
    title: String,
}

pub struct Todos {
    owner: String,
}

/// Adds a todo.
#[guarded_tool(scope = "todo:write", destructive = false)]
async fn add(todos: &Todos, Parameters(todo): Parameters<Todo>) -> String {
    format!("{} of {}", todo.title, todos.owner)
}

/// Tells who calls.
#[guarded_tool(public, name = "who_am_i")]
fn whoami(token: Option<ValidatedToken>) -> String {
    token.map_or_else(String::new, |token| token.subject().to_owned())
}

pub mod more {
    use mcp_guard::guarded_tool;
    use mcp_guard::prelude::Parameters;
    use mcp_guard::prelude::Scope;

    use super::Todo;
    use super::Todos;

    #[guarded_tool(any_of = ["todo:read", "todo:admin"], read_only)]
    pub(crate) fn list<'a>(todos: &'a Todos) -> impl Future<Output = String> + Send + use<'a> {
        async { todos.owner.clone() }
    }

    #[::mcp_guard::guarded_tool(authenticated, scopes_for = |todo| Scope::new(todo.title.clone()).ok())]
    pub fn remove(Parameters(todo): Parameters<Todo>) -> Result<String, rmcp::ErrorData> {
        Ok(todo.title)
    }

    pub mod deeper {
        #[mcp_guard::guarded_tool(authenticated)]
        pub(in super::super) fn clear() {}
    }
}

use more::deeper::clear;

#[guarded_tools(tools = [add, whoami, more::list, self::more::remove, clear])]
impl Todos {
    #[guarded_tool(scope = "todo:read")]
    fn count(&self) -> String {
        self.owner.len().to_string()
    }
}

pub struct Lists;

#[guarded_tools(tools = [clear])]
impl Lists {}

pub struct Of<T>(pub T);

#[guarded_tool(authenticated)]
fn show(of: &Of<u8>) -> String {
    of.0.to_string()
}

/// What is inside has a `Self` of its own.
#[guarded_tool(authenticated)]
fn inside() -> String {
    struct Inside(String);

    impl Inside {
        fn new() -> Self {
            Self(String::new())
        }
    }

    Inside::new().0
}

#[guarded_tools(tools = [show, clear, inside])]
impl Of<u8> {}

#[test]
fn works() {
    let tools = Todos::guarded_tools();
    let names: Vec<&str> = tools.list().iter().map(|tool| tool.name.as_ref()).collect();
    assert_eq!(names, ["add", "clear", "count", "list", "remove", "who_am_i"]);
    assert_eq!(tools.requirement("add"), Some(&Requirement::scope(Scope::from_static("todo:write"))));
    assert_eq!(tools.get("add").unwrap().description.as_deref(), Some("Adds a todo."));
    assert!(tools.get("add").unwrap().input_schema["properties"].get("title").is_some());
    assert_eq!(Lists::guarded_tools().list().len(), 1);
    assert_eq!(Of::<u8>::guarded_tools().list().len(), 3);
    let _: GuardedTool<Todos> = add::guarded_tool();
    let _: GuardedTool<Lists> = <clear as ToolFunction<_>>::guarded_tool();

    let todos = Todos { owner: "ada".to_owned() };
    drop(add(&todos, Parameters(Todo { title: "tea".to_owned() })));
    drop(more::list(&todos));
    assert_eq!(whoami(None), "");
    assert_eq!(more::remove(Parameters(Todo { title: "tea".to_owned() })).unwrap(), "tea");
    assert_eq!(show(&Of(1)) + &inside(), "1");
    assert_eq!(todos.count(), "3");
    clear();
}
