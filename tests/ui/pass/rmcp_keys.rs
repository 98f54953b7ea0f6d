//! `#[guarded_tool]` takes every key of rmcp's `#[tool]`, and means the same by it.

use std::sync::Arc;

use mcp_guard::prelude::*;
use rmcp::model::Icon;
use rmcp::model::JsonObject;
use rmcp::model::MetaObject;
use rmcp::model::Tool;

fn schema(property: &str) -> Arc<JsonObject> {
    let serde_json::Value::Object(schema) = serde_json::json!({ "type": "object", "properties": { property: {} } })
    else {
        unreachable!()
    };
    Arc::new(schema)
}

fn meta() -> MetaObject {
    let mut meta = MetaObject::default();
    meta.insert("ui".to_owned(), "dark".into());
    meta
}

fn icons() -> Vec<Icon> {
    vec![Icon::new("https://todo.example.com/icon.png")]
}

struct Plain;

#[rmcp::tool_router]
impl Plain {
    #[rmcp::tool(
        name = "add_todo",
        title = "Add a todo",
        description = concat!("Adds", " a todo."),
        input_schema = schema("title"),
        output_schema = schema("id"),
        annotations(
            title = "Add",
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        ),
        icons = icons(),
        meta = meta()
    )]
    fn add(&self) {}
}

struct Guarded;

#[guarded_tools]
impl Guarded {
    #[guarded_tool(
        scope = "todo:write",
        name = "add_todo",
        title = "Add a todo",
        description = concat!("Adds", " a todo."),
        input_schema = schema("title"),
        output_schema = schema("id"),
        annotations(
            title = "Add",
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = false
        ),
        icons = icons(),
        meta = meta()
    )]
    fn add(&self) {}

    #[guarded_tool(authenticated, read_only, destructive = false, idempotent = true, open_world)]
    fn short_forms(&self) {}

    #[guarded_tool(authenticated, idempotent, annotations(title = "Mixed", read_only_hint))]
    fn mixed_forms(&self) {}
}

fn hints(tool: &Tool) -> [Option<bool>; 4] {
    let hints = tool.annotations.as_ref().unwrap();
    [hints.read_only_hint, hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint]
}

#[test]
fn works() {
    let tools = Guarded::guarded_tools();
    let add = tools.get("add_todo").unwrap();
    assert_eq!(add, &Plain::add_tool_attr());
    assert_eq!(Plain::tool_router().list_all().len(), 1);
    assert_eq!(hints(add), [Some(false), Some(false), Some(true), Some(false)]);
    assert_eq!(hints(tools.get("short_forms").unwrap()), [Some(true), Some(false), Some(true), Some(true)]);
    let mixed = tools.get("mixed_forms").unwrap();
    assert_eq!(hints(mixed), [Some(true), None, Some(true), None]);
    assert_eq!(mixed.annotations.as_ref().unwrap().title.as_deref(), Some("Mixed"));
    Plain.add();
}
