//! The doc comment is the description, as rmcp reads it.

use mcp_guard::prelude::*;

struct Todos;

#[guarded_tools]
impl Todos {
    /// Lists your todos.
    ///
    ///   The newest comes first.
    #[guarded_tool(authenticated)]
    fn lines(&self) {}

    /// Not this.
    #[guarded_tool(authenticated, description = "Lists your todos.")]
    fn given(&self) {}

    #[doc = concat!("Lists", " your todos.")]
    #[guarded_tool(authenticated)]
    fn from_macro(&self) {}

    /// Lists your todos.
    #[allow(dead_code)]
    #[doc = concat!("The newest", " comes first.")]
    #[guarded_tool(authenticated)]
    #[doc(hidden)]
    fn mixed(&self) {}

    #[guarded_tool(authenticated)]
    #[doc = include_str!("descriptions.rs")]
    fn from_file(&self) {}
}

#[test]
fn works() {
    let tools = Todos::guarded_tools();
    let description = |tool: &str| tools.get(tool).unwrap().description.clone().unwrap();
    assert_eq!(description("lines"), "Lists your todos.\nThe newest comes first.");
    assert_eq!(description("given"), "Lists your todos.");
    assert_eq!(description("from_macro"), "Lists your todos.");
    assert_eq!(description("mixed"), "Lists your todos.\nThe newest comes first.");
    assert!(description("from_file").contains("as rmcp reads it"));
}
