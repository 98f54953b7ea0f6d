use super::*;

fn object(value: &Value) -> &JsonObject {
    value.as_object().expect("an object")
}

#[test]
fn types_are_written_in_words() {
    for (schema, expected) in [
        (json!({"type": "string"}), "string"),
        (json!({"type": ["string", "null"]}), "string or null"),
        (json!({"type": "array", "items": {"type": "integer"}}), "array of integer"),
        (json!({"type": "array"}), "array"),
        (json!({"enum": ["a", 1], "type": "string"}), "\"a\" or 1"),
        (json!({"anyOf": [{"$ref": "#/$defs/Color"}, {"type": "null"}]}), "Color or null"),
        (json!({"$ref": "#/$defs/Color"}), "Color"),
        (json!({"type": 7}), "any"),
        (json!(true), "any"),
    ] {
        assert_eq!(kind(&schema), expected, "{schema}");
    }
}

#[test]
fn required_parameters_come_first() {
    let schema = json!({"properties": {"a": {}, "b": {"description": "B"}}, "required": ["b"]});
    let parameters = parameters(object(&schema));
    let found: Vec<_> = parameters.iter().map(|one| (one.name, one.is_required, one.description)).collect();
    assert_eq!(found, [("b", true, "B"), ("a", false, "")]);
    assert!(super::parameters(object(&json!({"properties": 1, "required": 1}))).is_empty());
}

#[test]
fn example_has_a_value_for_each_required_property() {
    for (property, expected) in [
        (json!({"type": "string"}), json!("")),
        (json!({"type": ["integer", "null"]}), json!(1)),
        (json!({"type": "number", "minimum": 5}), json!(5)),
        (json!({"type": "boolean"}), json!(false)),
        (json!({"type": "array"}), json!([])),
        (json!({"type": "object"}), json!({})),
        (json!({"type": "string", "default": "x"}), json!("x")),
        (json!({"enum": ["red", "blue"]}), json!("red")),
        (json!({"$ref": "#/$defs/Color"}), json!(null)),
    ] {
        let schema = json!({"properties": {"it": property, "other": {"type": "string"}}, "required": ["it"]});
        let found: Value = serde_json::from_str(&example(object(&schema))).expect("JSON");
        assert_eq!(found, json!({"it": expected}), "{schema}");
    }
    let arguments = [PromptArgument::new("a").with_required(true), PromptArgument::new("b")];
    assert_eq!(prompt_example(&arguments).split_whitespace().collect::<String>(), r#"{"a":""}"#);
}

#[test]
fn mirrored_arguments_have_their_path() {
    let schema = json!({"properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
        "place": {"type": "object", "properties": {"city": {"x-mcp-header": "City"}}},
        "broken": {"x-mcp-header": 7},
    }});
    let found: Value = serde_json::from_str(&mirrored(object(&schema))).expect("JSON");
    assert_eq!(found, json!([["City", "place", "city"], ["Region", "region"]]));
    assert_eq!(mirrored(&JsonObject::new()), "");
}
