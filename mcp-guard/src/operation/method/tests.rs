use std::collections::BTreeSet;

use rmcp::model::{ClientNotification, ClientRequest};
use rmcp::schemars::{JsonSchema, schema_for};
use serde_json::Value;

use super::*;

/// Returns the methods in the types of rmcp: the constants in their JSON schema.
fn methods_of<T: JsonSchema>() -> BTreeSet<String> {
    fn collect(schema: &Value, methods: &mut BTreeSet<String>) {
        if let Some(method) = schema.pointer("/properties/method/const").and_then(Value::as_str) {
            methods.insert(method.to_owned());
        }
        match schema {
            Value::Object(members) => members.values().for_each(|member| collect(member, methods)),
            Value::Array(items) => items.iter().for_each(|item| collect(item, methods)),
            _ => {}
        }
    }
    let schema = serde_json::to_value(schema_for!(T)).unwrap();
    // The method is a separate type whose definition contains the constant.
    let mut methods = BTreeSet::new();
    collect(&schema, &mut methods);
    for definition in schema["$defs"].as_object().into_iter().flat_map(|definitions| definitions.values()) {
        methods.extend(definition["const"].as_str().map(str::to_owned));
    }
    methods
}

#[test]
fn table_contains_every_method_of_rmcp() {
    let table = |is_notification: bool| -> BTreeSet<String> {
        let rows = METHODS.iter().filter(|row| (row.access == Access::Notification) == is_notification);
        rows.map(|row| row.name.to_owned()).collect()
    };
    assert_eq!(methods_of::<ClientRequest>(), table(false));
    assert_eq!(methods_of::<ClientNotification>(), table(true));
}

#[test]
fn requests_and_notifications_are_distinct() {
    assert!(Method::of_request("notifications/initialized").is_none());
    assert!(!Method::is_notification("tools/call"));
    assert!(Method::of_request("Tools/call").is_none());
}
