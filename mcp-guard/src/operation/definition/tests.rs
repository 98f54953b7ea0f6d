use rmcp::model::{PromptArgument, ToolAnnotations};
use serde_json::json;

use super::*;

fn tool(schema: &str) -> Tool {
    Tool::new("add", "Adds a todo.", serde_json::from_str::<rmcp::model::JsonObject>(schema).unwrap())
}

#[test]
fn digest_is_that_of_canonical_json() {
    // printf '%s' '{"description":"Adds a todo."}' | sha256sum
    let expected = "608c8756";
    let digests = Definition::Tool(&tool(r#"{"type":"object"}"#)).digests();
    assert_eq!(digests.description.as_deref().map(str::len), Some(64));
    assert!(digests.description.unwrap().starts_with(expected));
    assert_eq!(digests.annotations, None);
}

#[test]
fn digests_do_not_depend_on_the_order_of_members() {
    let one = tool(r#"{"type":"object","properties":{"a":{"maximum":1.0},"b":{}}}"#);
    let other = tool(r#"{"properties":{"b":{},"a":{"maximum":1}},"type":"object"}"#);
    assert_eq!(Definition::Tool(&one).digests(), Definition::Tool(&other).digests());
}

#[test]
fn each_change_of_a_definition_changes_one_digest() {
    let parts = |digests: &Digests| [&digests.schema, &digests.description, &digests.annotations].map(Clone::clone);
    let changed = |old: Definition<'_>, new: Definition<'_>| {
        let (old, new) = (parts(&old.digests()), parts(&new.digests()));
        std::array::from_fn::<bool, 3, _>(|at| old[at] != new[at])
    };
    let old = tool(r#"{"type":"object"}"#);
    let table: [(&str, Value, [bool; 3]); 7] = [
        ("inputSchema", json!({"type": "object", "required": ["a"]}), [true, false, false]),
        ("outputSchema", json!({"type": "object"}), [true, false, false]),
        ("description", json!("Deletes everything."), [false, true, false]),
        ("title", json!("Add"), [false, true, false]),
        ("annotations", json!(ToolAnnotations::default().read_only(true)), [false, false, true]),
        ("_meta", json!({"a": 1}), [false, false, true]),
        ("name", json!("other"), [false, false, false]),
    ];
    for (member, value, expected) in table {
        let mut new = json!(old);
        new[member] = value;
        let new: Tool = serde_json::from_value(new).unwrap();
        assert_eq!(changed(Definition::Tool(&old), Definition::Tool(&new)), expected, "{member}");
    }
    let old = Prompt::new("plan", Some("Plans."), None);
    let new = Prompt::new("plan", Some("Plans."), Some(vec![PromptArgument::new("day")]));
    assert_eq!(changed(Definition::Prompt(&old), Definition::Prompt(&new)), [true, false, false]);
    let (old, new) = (Resource::new("todo://all", "all"), Resource::new("todo://all", "All of them"));
    assert_eq!(changed(Definition::Resource(&old), Definition::Resource(&new)), [false, false, true]);
    let (old, new) = (ResourceTemplate::new("todo://{id}", "a"), ResourceTemplate::new("todo://{id}", "b"));
    assert_eq!(changed(Definition::Template(&old), Definition::Template(&new)), [false, false, true]);
    assert_eq!(Definition::Method("completion/complete").digests(), Digests::default());
}
