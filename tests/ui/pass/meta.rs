//! A tool's own `_meta` reaches the client.

use mcp_guard::prelude::*;
use rmcp::model::MetaObject;

struct Todos;

#[guarded_tools]
impl Todos {
    #[guarded_tool(scope = "todo:read", meta = Self::card())]
    fn list(&self) {}

    fn card() -> MetaObject {
        let mut meta = MetaObject::default();
        meta.insert("openai/outputTemplate".to_owned(), "ui://todo/card.html".into());
        meta
    }
}

#[test]
fn works() {
    let meta = Todos::guarded_tools().get("list").unwrap().meta.as_ref().unwrap();
    assert_eq!(meta.get("openai/outputTemplate"), Some(&"ui://todo/card.html".into()));
}
