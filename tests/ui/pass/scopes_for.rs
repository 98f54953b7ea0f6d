//! Further scopes are computed by a function or a closure, from arguments or variables.

use mcp_guard::prelude::*;
use rmcp::model::JsonObject;

#[derive(Clone, Copy, Scopes)]
enum TodoScope {
    #[scope("todo:write")]
    Write,
    #[scope("todo:urgent")]
    Urgent,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Todo {
    list: String,
    urgent: bool,
}

mod rules {
    use super::*;

    pub fn urgent(todo: &Todo) -> Option<TodoScope> {
        todo.urgent.then_some(TodoScope::Urgent)
    }

    pub fn of_list(list: &str) -> ScopeSet {
        Scope::new(format!("todo:list:{list}")).ok().into()
    }
}

/// Takes all variables, in the order of the template.
fn of_place(list: &String, id: &u64, done: &Option<bool>) -> Vec<Scope> {
    Scope::new(format!("todo:{list}:{id}:{done:?}")).into_iter().collect()
}

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = TodoScope::Write, scopes_for = rules::urgent)]
    fn add(&self, Parameters(todo): Parameters<Todo>) -> String {
        todo.list
    }

    #[guarded_tool(scope = TodoScope::Write, scopes_for = |todo| rules::of_list(&todo.list))]
    async fn change(&self, token: ValidatedToken, todo: Parameters<Todo>) -> String {
        drop(token);
        todo.0.list
    }

    #[guarded_tool(authenticated, scopes_for = |todo: &Todo| [TodoScope::Write, TodoScope::Urgent].map(|scope| {
        let _ = todo;
        scope
    }))]
    fn remove(&self, Parameters(todo): Parameters<Todo>) -> String {
        todo.list
    }

    #[guarded_tool(authenticated, scopes_for = Self::of_object)]
    fn object(&self, arguments: JsonObject) -> String {
        arguments.len().to_string()
    }

    #[guarded_prompt(authenticated, scopes_for = rules::urgent)]
    fn plan(&self, Parameters(todo): Parameters<Todo>) -> String {
        todo.list
    }

    #[guarded_prompt(any_of = ["todo:read", "todo:admin"], scopes_for = |todo| rules::of_list(&todo.list))]
    fn review(&self, Parameters(todo): Parameters<Todo>) -> String {
        todo.list
    }

    #[guarded_resource(uri = "todo://lists/{list}/{id}{?done}", authenticated, scopes_for = of_place)]
    fn of_list(&self, list: String, id: u64, done: Option<bool>) -> String {
        format!("{list} {id} {done:?}")
    }

    /// The method need not take what the closure looks at.
    #[guarded_resource(uri = "todo://notes/{list}/{id}{?done}", authenticated, scopes_for = |done, list| {
        let done: &Option<String> = done;
        (done.is_none(), rules::of_list(list)).1
    })]
    fn note(&self, id: u64) -> String {
        id.to_string()
    }

    #[guarded_resource(uri = "todo://all/{list}", scope = "todo:read", scopes_for = |r#list: &String| {
        rules::of_list(list)
    })]
    fn all(&self) -> String {
        String::new()
    }

    #[guarded_resource(
        uri = "todo://both/{list}{?id}",
        authenticated,
        scopes_for = |mut id, list| {
            id = if list.is_empty() { &None } else { id };
            Scope::new(format!("todo:{}", id.unwrap_or_default().count_ones())).ok()
        }
    )]
    fn both(&self, id: Option<u64>) -> String {
        format!("{id:?}")
    }

    fn of_object(arguments: &JsonObject) -> Option<Scope> {
        arguments.contains_key("urgent").then_some(TodoScope::Urgent.into())
    }
}

#[test]
fn works() {
    assert_eq!(Todos::guarded_tools().list().len(), 4);
    assert_eq!(
        Todos::scope_matrix().to_string(),
        "tool      add                              todo:write, more by its arguments
tool      change                           todo:write, more by its arguments
tool      object                           authenticated, more by its arguments
tool      remove                           authenticated, more by its arguments
prompt    plan                             authenticated, more by its arguments
prompt    review                           todo:read or todo:admin, more by its arguments
template  todo://all/{list}                todo:read, more by its arguments
template  todo://both/{list}{?id}          authenticated, more by its arguments
template  todo://lists/{list}/{id}{?done}  authenticated, more by its arguments
template  todo://notes/{list}/{id}{?done}  authenticated, more by its arguments
"
    );
}
