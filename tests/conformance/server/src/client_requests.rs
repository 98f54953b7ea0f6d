//! Tools that send requests and notifications to the client while they run.
#![expect(deprecated, reason = "revisions before 2026-07-28, and their scenarios, include sampling")]

use std::time::Duration;

use mcp_guard::guarded_tool;
use mcp_guard::prelude::*;
use rmcp::model::{
    ClientCapabilities, CreateMessageRequestParams, ElicitRequestParams, ElicitationSchema, ProgressNotificationParam,
    SamplingMessage,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, Peer, RoleServer};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::ConformanceScope;
use crate::server::Conformance;

/// The pause between two notifications, so that they arrive separately.
const PAUSE: Duration = Duration::from_millis(50);

/// Logs three messages.
#[guarded_tool(scope = ConformanceScope::CallTools, read_only)]
pub(crate) async fn test_tool_with_logging(server: &Conformance, context: RequestContext<RoleServer>) -> String {
    server.logs().info(&context, "Tool execution started").await;
    sleep(PAUSE).await;
    server.logs().info(&context, "Tool processing data").await;
    sleep(PAUSE).await;
    server.logs().info(&context, "Tool execution completed").await;
    "Logged three messages".to_owned()
}

/// Logs one message to clients that requested log messages.
#[guarded_tool(scope = ConformanceScope::CallTools, read_only)]
pub(crate) async fn test_logging_tool(server: &Conformance, context: RequestContext<RoleServer>) -> String {
    server.logs().info(&context, "Tool executed").await;
    "Logged one message".to_owned()
}

/// Reports its progress.
#[guarded_tool(scope = ConformanceScope::CallTools, read_only)]
pub(crate) async fn test_tool_with_progress(context: RequestContext<RoleServer>) -> Result<String, ErrorData> {
    for progress in [0.0, 50.0, 100.0] {
        if let Some(token) = context.meta.get_progress_token() {
            let report = ProgressNotificationParam::new(token, progress).with_total(100.0);
            // A disconnected client misses it.
            let _ = context.peer.notify_progress(report).await;
        }
        sleep(PAUSE).await;
    }
    Ok("Reported three times".to_owned())
}

/// Takes a short time. A client that loses its connection meanwhile can resume the stream.
#[guarded_tool(scope = ConformanceScope::CallTools, read_only)]
pub(crate) async fn test_reconnection() -> String {
    sleep(2 * PAUSE).await;
    "Still here".to_owned()
}

/// Requires a client that supports sampling (SEP-2575).
#[guarded_tool(scope = ConformanceScope::CallTools, read_only)]
pub(crate) async fn test_missing_capability(context: RequestContext<RoleServer>) -> Result<String, ErrorData> {
    if context.client_capabilities().is_some_and(|capabilities| capabilities.sampling.is_some()) {
        return Ok("The client can sample".to_owned());
    }
    Err(ErrorData::missing_required_client_capability(ClientCapabilities::builder().enable_sampling().build()))
}

/// A prompt for the model of the client.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Prompt {
    /// The text for the model.
    prompt: String,
}

/// Sends a prompt to the model of the client.
#[guarded_tool(scope = ConformanceScope::CallTools)]
pub(crate) async fn test_sampling(
    Parameters(Prompt { prompt }): Parameters<Prompt>,
    peer: Peer<RoleServer>,
) -> Result<String, String> {
    let request = CreateMessageRequestParams::new(vec![SamplingMessage::user_text(prompt)], 100);
    let answer = peer.create_message(request).await.map_err(|error| format!("The client did not sample: {error}"))?;
    let text = answer.message.content.first().and_then(|content| content.as_text());
    Ok(format!("LLM response: {}", text.map_or("no text", |content| &content.text)))
}

/// A message to the user.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Message {
    /// The text for the user.
    message: String,
}

/// Asks the user for a name and an address.
#[guarded_tool(scope = ConformanceScope::CallTools)]
pub(crate) async fn test_elicitation(
    Parameters(Message { message }): Parameters<Message>,
    peer: Peer<RoleServer>,
) -> Result<String, String> {
    let schema = json!({
        "type": "object",
        "properties": {
            "username": {"type": "string", "description": "User's response"},
            "email": {"type": "string", "description": "User's email address"},
        },
        "required": ["username", "email"],
    });
    Ok(format!("User response: {}", elicit(&peer, message, schema).await?))
}

/// Asks the user, with a default for every type (SEP-1034).
#[guarded_tool(scope = ConformanceScope::CallTools)]
pub(crate) async fn test_elicitation_sep1034_defaults(peer: Peer<RoleServer>) -> Result<String, String> {
    let schema = json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "default": "John Doe"},
            "age": {"type": "integer", "default": 30},
            "score": {"type": "number", "default": 95.5},
            "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
            "verified": {"type": "boolean", "default": true},
        },
    });
    Ok(format!("Elicitation completed: {}", elicit(&peer, "Who are you?".to_owned(), schema).await?))
}

/// Asks the user to choose, with all five forms of enums (SEP-1330).
#[guarded_tool(scope = ConformanceScope::CallTools)]
pub(crate) async fn test_elicitation_sep1330_enums(peer: Peer<RoleServer>) -> Result<String, String> {
    let titled = json!([
        {"const": "value1", "title": "First Option"},
        {"const": "value2", "title": "Second Option"},
        {"const": "value3", "title": "Third Option"},
    ]);
    let plain = json!(["option1", "option2", "option3"]);
    let schema = json!({
        "type": "object",
        "properties": {
            "untitledSingle": {"type": "string", "enum": plain},
            "titledSingle": {"type": "string", "oneOf": titled},
            "legacyEnum": {
                "type": "string",
                "enum": ["opt1", "opt2", "opt3"],
                "enumNames": ["Option One", "Option Two", "Option Three"],
            },
            "untitledMulti": {"type": "array", "items": {"type": "string", "enum": plain}},
            "titledMulti": {"type": "array", "items": {"anyOf": titled}},
        },
    });
    Ok(format!("Elicitation completed: {}", elicit(&peer, "Choose".to_owned(), schema).await?))
}

async fn elicit(peer: &Peer<RoleServer>, message: String, schema: Value) -> Result<String, String> {
    let requested_schema: ElicitationSchema =
        serde_json::from_value(schema).map_err(|error| format!("Invalid schema: {error}"))?;
    let request = ElicitRequestParams::FormElicitationParams { meta: None, message, requested_schema };
    let answer = peer.create_elicitation(request).await.map_err(|error| format!("The client did not ask: {error}"))?;
    serde_json::to_string(&answer).map_err(|error| error.to_string())
}
