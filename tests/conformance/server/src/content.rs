//! Tools that return different kinds of content.

use std::sync::Arc;

use mcp_guard::guarded_tool;
use mcp_guard::prelude::*;
use rmcp::model::{CallToolResult, ContentBlock, JsonObject, ResourceContents};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::ConformanceScope;
use crate::server::Conformance;

/// A PNG of a single red pixel.
pub(crate) const IMAGE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/// A WAV without samples.
const AUDIO: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=";

/// Returns a text.
#[guarded_tool(scopes = [ConformanceScope::CallTools, ConformanceScope::SimpleText], read_only)]
pub(crate) fn test_simple_text(server: &Conformance) -> String {
    server.count_run();
    "This is a simple text response for testing.".to_owned()
}

/// Returns an image.
#[guarded_tool(scope = ConformanceScope::CallTools, read_only)]
pub(crate) fn test_image_content() -> CallToolResult {
    CallToolResult::success(vec![ContentBlock::image(IMAGE, "image/png")])
}

/// Returns a sound.
#[guarded_tool(scope = ConformanceScope::CallTools, read_only)]
pub(crate) fn test_audio_content() -> CallToolResult {
    CallToolResult::success(vec![ContentBlock::audio(AUDIO, "audio/wav")])
}

/// Returns a resource.
#[guarded_tool(scope = ConformanceScope::CallTools, read_only)]
pub(crate) fn test_embedded_resource() -> CallToolResult {
    let resource = ResourceContents::text("This is an embedded resource content.", "test://embedded-resource");
    CallToolResult::success(vec![ContentBlock::resource(resource.with_mime_type("text/plain"))])
}

/// Returns a text, an image and a resource.
#[guarded_tool(scope = ConformanceScope::CallTools, read_only)]
pub(crate) fn test_multiple_content_types() -> CallToolResult {
    let data = json!({"test": "data", "value": 123}).to_string();
    let resource = ResourceContents::text(data, "test://mixed-content-resource");
    CallToolResult::success(vec![
        ContentBlock::text("Multiple content types test:"),
        ContentBlock::image(IMAGE, "image/png"),
        ContentBlock::resource(resource.with_mime_type("application/json")),
    ])
}

/// Fails.
#[guarded_tool(scope = ConformanceScope::CallTools, read_only)]
pub(crate) fn test_error_handling() -> Result<String, String> {
    Err("This tool intentionally returns an error for testing".to_owned())
}

/// Takes arguments whose schema uses features of JSON Schema 2020-12 (SEP-1613, SEP-2106).
#[guarded_tool(scope = ConformanceScope::CallTools, read_only, input_schema = contact_schema())]
pub(crate) fn json_schema_2020_12_tool(arguments: JsonObject) -> String {
    format!("Called with {}", Value::Object(arguments))
}

fn contact_schema() -> Arc<JsonObject> {
    object(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
            },
        },
        "properties": {
            "name": {"type": "string"},
            "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"},
            "email": {"type": "string"},
        },
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
        "then": {"required": ["phone"]},
        "else": {"required": ["email"]},
        "additionalProperties": false,
    }))
}

/// Takes an argument that clients since 2026-07-28 also send in the header `Mcp-Param-Region` (SEP-2243).
#[guarded_tool(scope = ConformanceScope::CallTools, read_only, input_schema = region_schema())]
pub(crate) fn test_header_parameter(Parameters(arguments): Parameters<Region>) -> String {
    format!("The region is {}", arguments.region.as_deref().unwrap_or("not given"))
}

/// The arguments of `test_header_parameter`.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Region {
    region: Option<String>,
}

fn region_schema() -> Arc<JsonObject> {
    object(json!({"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}}))
}

fn object(value: Value) -> Arc<JsonObject> {
    match value {
        Value::Object(object) => Arc::new(object),
        _ => unreachable!("the schemas above are objects"),
    }
}
