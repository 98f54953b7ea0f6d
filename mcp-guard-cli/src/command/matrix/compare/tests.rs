use serde_json::{Value, json};

use super::*;

fn matrix(value: &Value) -> ScopeMatrix {
    serde_json::from_value(value.clone()).unwrap()
}

fn old() -> Value {
    let tool = |name: &str, requirement: Value| {
        json!({"kind": "tool", "name": name, "requirement": requirement, "depends_on_arguments": false,
            "report_only": false, "schema": "s", "description": "d", "annotations": "a"})
    };
    json!({
        "version": 1,
        "baseline": ["base"],
        "hierarchy": {"write": ["read"]},
        "operations": [
            tool("read", json!({"all": ["read"]})),
            tool("who", json!("authenticated")),
            tool("write", json!({"all": ["write"]})),
        ],
    })
}

/// Returns the differences after this change of the matrix.
fn after(change: impl FnOnce(&mut Value)) -> Value {
    let mut new = old();
    change(&mut new);
    serde_json::to_value(diff(&matrix(&old()), &matrix(&new))).unwrap()
}

#[test]
fn each_change_is_found() {
    let empty = json!({"baseline": {"added": [], "removed": []}, "hierarchy": {"added": [], "removed": []},
        "added": [], "removed": [], "changed": []});
    assert_eq!(after(|_| {}), empty);

    let of_read = |change: &Value| json!([{"kind": "tool", "name": "read", "changes": [change]}]);
    let requirement = |effect: &str, new: &str| json!({"change": "requirement", "effect": effect, "because": ["requirement"], "old": "read", "new": new});
    for (member, value, change) in [
        ("requirement", json!("authenticated"), requirement("weaker", "authenticated")),
        ("requirement", json!("public"), requirement("weaker", "public")),
        ("requirement", json!({"any": ["read", "other"]}), requirement("weaker", "read or other")),
        ("requirement", json!({"any": ["read", "write"]}), requirement("equivalent", "read or write")),
        ("requirement", json!({"all": ["write"]}), requirement("stronger", "write")),
        ("requirement", json!({"all": ["other"]}), requirement("different", "other")),
        ("depends_on_arguments", json!(true), json!({"change": "arguments", "effect": "stronger"})),
        ("report_only", json!(true), json!({"change": "enforcement", "effect": "weaker"})),
        ("schema", json!("x"), json!({"change": "schema"})),
        ("description", json!("x"), json!({"change": "description"})),
        ("annotations", json!("x"), json!({"change": "annotations"})),
    ] {
        let found = after(|new| new["operations"][0][member] = value);
        assert_eq!(found["changed"], of_read(&change), "{member}");
    }

    let removed = after(|new| drop(new["operations"].as_array_mut().unwrap().remove(1)));
    assert_eq!(removed["removed"], json!([{"kind": "tool", "name": "who", "requirement": "authenticated"}]));
    let renamed = after(|new| new["operations"][1]["name"] = json!("whoami"));
    assert_eq!(renamed["added"], json!([{"kind": "tool", "name": "whoami", "requirement": "authenticated"}]));
    assert_eq!(renamed["removed"], removed["removed"]);
}

#[test]
fn baseline_and_hierarchy_name_affected_operations() {
    let changed = |found: &Value| {
        let changed = found["changed"].as_array().unwrap().iter();
        let text =
            |one: &Value| format!("{} {} {}", one["name"], one["changes"][0]["effect"], one["changes"][0]["because"]);
        changed.map(text).collect::<Vec<_>>()
    };
    let found = after(|new| new["baseline"] = json!(["base", "more"]));
    assert_eq!(found["baseline"], json!({"added": ["more"], "removed": []}));
    let stronger = ["read", "who", "write"].map(|name| format!(r#""{name}" "stronger" ["baseline"]"#));
    assert_eq!(changed(&found), stronger);

    let found = after(|new| new["hierarchy"] = json!({}));
    assert_eq!(found["hierarchy"], json!({"added": [], "removed": [{"scope": "write", "implies": "read"}]}));
    assert_eq!(changed(&found), [r#""read" "stronger" ["hierarchy"]"#]);

    let found = after(|new| {
        new["baseline"] = json!(["write"]);
        new["hierarchy"] = json!({"write": ["base", "read"]});
    });
    assert_eq!(
        changed(&found),
        [
            r#""read" "different" ["baseline","hierarchy"]"#,
            r#""who" "different" ["baseline","hierarchy"]"#,
            r#""write" "weaker" ["baseline","hierarchy"]"#,
        ]
    );
}
