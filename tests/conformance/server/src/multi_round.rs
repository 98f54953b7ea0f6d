//! Operations with several rounds (SEP-2322): since 2026-07-28, a server requests input by returning questions.

use mcp_guard::{ClientInput, guarded_tool};
use rmcp::model::{CallToolResponse, CallToolResult, ContentBlock, InputRequest, InputRequests, InputRequiredResult};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use serde_json::{Value, json};

use crate::ConformanceScope;

/// Asks for a name.
#[guarded_tool(scope = ConformanceScope::CallTools)]
pub(crate) async fn test_input_required_result_elicitation(input: ClientInput) -> Result<CallToolResponse, ErrorData> {
    match accepted(&input, "user_name").and_then(|content| content["name"].as_str()) {
        Some(name) => Ok(text(format!("Hello, {name}!"))),
        None => ask([("user_name", elicitation("What is your name?", "name", "string"))], None),
    }
}

/// Sends a prompt to the model of the client.
#[guarded_tool(scope = ConformanceScope::CallTools)]
pub(crate) async fn test_input_required_result_sampling(input: ClientInput) -> Result<CallToolResponse, ErrorData> {
    match sampled(&input, "capital_question") {
        Some(answer) => Ok(text(answer)),
        None => ask([("capital_question", sampling("What is the capital of France?"))], None),
    }
}

/// Asks for the client's roots.
#[guarded_tool(scope = ConformanceScope::CallTools)]
pub(crate) async fn test_input_required_result_list_roots(input: ClientInput) -> Result<CallToolResponse, ErrorData> {
    match input.responses.get("client_roots").and_then(|answer| answer["roots"].as_array()) {
        Some(roots) => Ok(text(format!("The client has {} roots: {}", roots.len(), Value::from(roots.clone())))),
        None => ask([("client_roots", json!({"method": "roots/list", "params": {}}))], None),
    }
}

/// Asks for a confirmation, and restores the state of the first round in the second.
#[guarded_tool(scope = ConformanceScope::CallTools)]
pub(crate) async fn test_input_required_result_request_state(
    input: ClientInput,
) -> Result<CallToolResponse, ErrorData> {
    confirm(&input)
}

/// Asks for a confirmation. A modified state is rejected before the tool runs.
#[guarded_tool(scope = ConformanceScope::CallTools)]
pub(crate) async fn test_input_required_result_tampered_state(
    input: ClientInput,
) -> Result<CallToolResponse, ErrorData> {
    confirm(&input)
}

fn confirm(input: &ClientInput) -> Result<CallToolResponse, ErrorData> {
    match (&input.state, accepted(input, "confirm")) {
        (Some(_), Some(_)) => Ok(text("state-ok".to_owned())),
        _ => ask([("confirm", elicitation("Please confirm", "ok", "boolean"))], Some("asked".to_owned())),
    }
}

/// Asks for three things at once.
#[guarded_tool(scope = ConformanceScope::CallTools)]
pub(crate) async fn test_input_required_result_multiple_inputs(
    input: ClientInput,
) -> Result<CallToolResponse, ErrorData> {
    let name = accepted(&input, "user_name").and_then(|content| content["name"].as_str());
    let greeting = sampled(&input, "greeting");
    let roots = input.responses.get("client_roots").and_then(|answer| answer["roots"].as_array());
    if let (Some(name), Some(greeting), Some(roots)) = (name, greeting, roots) {
        return Ok(text(format!("{greeting} {name} has {} roots.", roots.len())));
    }
    let asked = [
        ("user_name", elicitation("What is your name?", "name", "string")),
        ("greeting", sampling("Generate a greeting")),
        ("client_roots", json!({"method": "roots/list", "params": {}})),
    ];
    ask(asked, Some("asked".to_owned()))
}

/// Asks twice, one after the other.
#[guarded_tool(scope = ConformanceScope::CallTools)]
pub(crate) async fn test_input_required_result_multi_round(input: ClientInput) -> Result<CallToolResponse, ErrorData> {
    // The state is the name from the first round, or empty before it.
    let known = input.state.as_deref().unwrap_or_default();
    let color = accepted(&input, "step2").and_then(|content| content["color"].as_str());
    if let (false, Some(color)) = (known.is_empty(), color) {
        return Ok(text(format!("{known} likes {color}.")));
    }
    match accepted(&input, "step1").and_then(|content| content["name"].as_str()) {
        Some(name) => {
            let asked = elicitation("Step 2: What is your favorite color?", "color", "string");
            ask([("step2", asked)], Some(name.to_owned()))
        }
        None => {
            let asked = elicitation("Step 1: What is your name?", "name", "string");
            ask([("step1", asked)], Some(String::new()))
        }
    }
}

/// Asks only for input that the client supports.
#[guarded_tool(scope = ConformanceScope::CallTools)]
pub(crate) async fn test_input_required_result_capabilities(
    context: RequestContext<RoleServer>,
) -> Result<CallToolResponse, ErrorData> {
    let can = context.client_capabilities().unwrap_or_default();
    let asked = [
        can.elicitation.is_some().then(|| ("user_name", elicitation("What is your name?", "name", "string"))),
        can.sampling.is_some().then(|| ("greeting", sampling("Generate a greeting"))),
    ];
    if asked.iter().all(Option::is_none) {
        return Ok(text("The client supports no kind of input".to_owned()));
    }
    ask(asked.into_iter().flatten(), None)
}

/// Asks for a name on the stream of the response, where no requests are allowed (SEP-2575).
#[guarded_tool(scope = ConformanceScope::CallTools)]
pub(crate) async fn test_streaming_elicitation(input: ClientInput) -> Result<CallToolResponse, ErrorData> {
    match accepted(&input, "user_name") {
        Some(content) => Ok(text(content.to_string())),
        None => ask([("user_name", elicitation("What is your name?", "name", "string"))], None),
    }
}

/// Returns the answer of the user, if they accepted.
pub(crate) fn accepted<'i>(input: &'i ClientInput, key: &str) -> Option<&'i Value> {
    let answer = input.responses.get(key)?;
    (answer["action"] == "accept").then_some(&answer["content"]).filter(|content| content.is_object())
}

fn sampled(input: &ClientInput, key: &str) -> Option<String> {
    input.responses.get(key)?["content"]["text"].as_str().map(str::to_owned)
}

/// Returns a question to the user with one field.
pub(crate) fn elicitation(message: &str, field: &str, kind: &str) -> Value {
    json!({
        "method": "elicitation/create",
        "params": {
            "message": message,
            "requestedSchema": {"type": "object", "properties": {field: {"type": kind}}, "required": [field]},
        },
    })
}

fn sampling(text: &str) -> Value {
    json!({
        "method": "sampling/createMessage",
        "params": {"messages": [{"role": "user", "content": {"type": "text", "text": text}}], "maxTokens": 100},
    })
}

/// Builds the response that requests input.
pub(crate) fn questions<'k>(
    asked: impl IntoIterator<Item = (&'k str, Value)>,
    state: Option<String>,
) -> Result<InputRequiredResult, ErrorData> {
    let read = |(key, question): (&str, Value)| Ok((key.to_owned(), serde_json::from_value::<InputRequest>(question)?));
    let asked: Result<InputRequests, serde_json::Error> = asked.into_iter().map(read).collect();
    let asked = asked.map_err(|error| ErrorData::internal_error(format!("invalid question: {error}"), None))?;
    Ok(InputRequiredResult::new(Some(asked), state))
}

pub(crate) fn ask<'k>(
    asked: impl IntoIterator<Item = (&'k str, Value)>,
    state: Option<String>,
) -> Result<CallToolResponse, ErrorData> {
    Ok(questions(asked, state)?.into())
}

pub(crate) fn text(text: String) -> CallToolResponse {
    CallToolResult::success(vec![ContentBlock::text(text)]).into()
}
