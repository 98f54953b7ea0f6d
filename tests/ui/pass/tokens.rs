//! Who calls is a parameter, and never part of the input schema.

use mcp_guard::policy::Requirement;
use mcp_guard::prelude::*;

#[derive(serde::Deserialize)]
struct Tenant {
    tenant: String,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Todo {
    title: String,
}

struct Todos;

#[guarded_tools]
impl Todos {
    /// Greets whoever calls.
    #[guarded_tool(public)]
    fn hello(&self, token: Option<ValidatedToken>) -> String {
        token.map_or_else(|| "nobody".to_owned(), |token| token.subject().to_owned())
    }

    #[guarded_tool(public)]
    fn hello_by_path(&self, token: core::option::Option<mcp_guard::ValidatedToken>) -> String {
        self.hello(token)
    }

    #[guarded_tool(scope = "todo:write")]
    fn add(&self, token: ValidatedToken, Parameters(todo): Parameters<Todo>, Claims(of): Claims<Tenant>) -> String {
        format!("{} for {} of {}", todo.title, token.subject(), of.tenant)
    }
}

#[test]
fn works() {
    let tools = Todos::guarded_tools();
    assert_eq!(tools.requirement("hello"), Some(&Requirement::Public));
    assert_eq!(tools.get("hello").unwrap().input_schema["properties"], serde_json::json!({}));
    let schema = &tools.get("add").unwrap().input_schema;
    assert_eq!(schema["properties"].as_object().unwrap().keys().collect::<Vec<_>>(), ["title"]);
    assert_eq!(Todos.hello(None), "nobody");
}
