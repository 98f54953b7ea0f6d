//! Input schemas: their parameters, and arguments to start with.

use rmcp::model::{JsonObject, PromptArgument};
use serde_json::{Map, Value, json};

/// The keyword that names the header of an argument (MCP, "Custom Headers from Tool Parameters").
const HEADER: &str = "x-mcp-header";

/// A parameter of an operation.
pub(super) struct Parameter<'p> {
    pub(super) name: &'p str,
    pub(super) kind: String,
    pub(super) is_required: bool,
    pub(super) description: &'p str,
}

impl<'p> Parameter<'p> {
    /// The arguments of prompts are texts.
    pub(super) fn of_prompt(argument: &'p PromptArgument) -> Self {
        Self {
            name: &argument.name,
            kind: "string".to_owned(),
            is_required: argument.required == Some(true),
            description: argument.description.as_deref().unwrap_or_default(),
        }
    }
}

/// Returns the schema as text.
pub(super) fn pretty(schema: &JsonObject) -> String {
    serde_json::to_string_pretty(schema).unwrap_or_default()
}

/// Returns the properties of a schema, those that are required first.
pub(super) fn parameters(schema: &JsonObject) -> Vec<Parameter<'_>> {
    let mut parameters: Vec<Parameter<'_>> = properties(schema)
        .map(|(name, property)| Parameter {
            name,
            kind: kind(property),
            is_required: is_required(schema, name),
            description: property.get("description").and_then(Value::as_str).unwrap_or_default(),
        })
        .collect();
    parameters.sort_by_key(|parameter| !parameter.is_required);
    parameters
}

/// Returns an object with a value for each required property, in JSON.
pub(super) fn example(schema: &JsonObject) -> String {
    let required = properties(schema).filter(|(name, _)| is_required(schema, name));
    to_json(&required.map(|(name, property)| (name.clone(), value(property))).collect())
}

/// Returns an object with a value for each required argument, in JSON.
pub(super) fn prompt_example(arguments: &[PromptArgument]) -> String {
    let required = arguments.iter().filter(|argument| argument.required == Some(true));
    to_json(&required.map(|argument| (argument.name.clone(), json!(""))).collect())
}

/// Returns the arguments that are mirrored in headers: for each the header and its path, as lists in JSON.
pub(super) fn mirrored(schema: &JsonObject) -> String {
    fn collect(schema: &JsonObject, path: &[&str], found: &mut Vec<Value>) {
        for (name, property) in properties(schema) {
            let Some(property) = property.as_object() else { continue };
            let path = [path, &[name]].concat();
            if let Some(header) = property.get(HEADER).and_then(Value::as_str) {
                found.push([&[header], path.as_slice()].concat().into());
            }
            collect(property, &path, found);
        }
    }
    let mut found = Vec::new();
    collect(schema, &[], &mut found);
    if found.is_empty() { String::new() } else { Value::from(found).to_string() }
}

fn properties(schema: &JsonObject) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

fn is_required(schema: &JsonObject, name: &str) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    required.is_some_and(|required| required.iter().any(|required| required == name))
}

/// Returns the types that a schema allows, in words.
fn kind(schema: &Value) -> String {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let alternatives = ["anyOf", "oneOf"].iter().find_map(|keyword| schema.get(keyword)?.as_array());
    match (schema.get("type"), schema.get("enum").and_then(Value::as_array), alternatives) {
        (_, Some(values), _) => values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "),
        (Some(Value::String(name)), ..) if name == "array" => match schema.get("items") {
            Some(items) => format!("array of {}", kind(items)),
            None => name.clone(),
        },
        (Some(Value::String(name)), ..) => name.clone(),
        (Some(Value::Array(names)), ..) => names.iter().filter_map(text).collect::<Vec<_>>().join(" or "),
        (_, _, Some(alternatives)) => alternatives.iter().map(kind).collect::<Vec<_>>().join(" or "),
        _ => {
            let reference = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
            reference.unwrap_or("any").to_owned()
        }
    }
}

/// Returns a value to start with.
fn value(schema: &Value) -> Value {
    let given = ["default", "const"].iter().find_map(|keyword| schema.get(keyword));
    let first = ["examples", "enum"].iter().find_map(|keyword| schema.get(keyword)?.as_array()?.first());
    if let Some(given) = given.or(first) {
        return given.clone();
    }
    let name = match schema.get("type") {
        Some(Value::Array(names)) => names.first(),
        name => name,
    };
    match name.and_then(Value::as_str) {
        Some("string") => json!(""),
        Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(false),
        Some("array") => json!([]),
        Some("object") => json!({}),
        _ => Value::Null,
    }
}

fn to_json(object: &Map<String, Value>) -> String {
    serde_json::to_string_pretty(object).unwrap_or_default()
}

#[cfg(test)]
mod tests;
