//! Describes a request of a local server, in its record and in its span.

use rmcp::RoleServer;
use rmcp::model::ClientRequest;
use rmcp::service::RequestContext;
use serde_json::{Value, json};

use crate::operation::{Entry, Method, Operation, Operations};
use crate::record::{Draft, OperationKind};
use crate::rule::Rule;
use crate::trace::{RequestSpan, SpanDescription};

/// Adds the operation of a request to its record.
pub(super) fn describe(draft: &Draft, request: &ClientRequest, operations: &'static dyn Operations) {
    match request {
        ClientRequest::CallToolRequest(call) => {
            let is_known = operations.tool(&call.params.name).is_some();
            draft.operation(OperationKind::Tool, &call.params.name, is_known);
            draft.arguments(&Value::Object(call.params.arguments.clone().unwrap_or_default()));
            if !is_known {
                draft.refuse(Rule::ToolUnknown);
            }
        }
        // The server implements the method itself, so no name is one of its own.
        ClientRequest::GetPromptRequest(_) | ClientRequest::ReadResourceRequest(_)
            if operations.method(request.method()).is_some() =>
        {
            draft.operation(OperationKind::Method, request.method(), true);
        }
        ClientRequest::GetPromptRequest(get) => {
            let is_known = operations.prompt(&get.params.name).is_some();
            draft.operation(OperationKind::Prompt, &get.params.name, is_known);
            draft.arguments(&Value::Object(get.params.arguments.clone().unwrap_or_default()));
        }
        ClientRequest::ReadResourceRequest(read) => {
            let uri = read.params.uri.as_str();
            match operations.named_resource(uri) {
                Some(operation) => draft.operation(operation.into(), operation.name(), true),
                // A URI may contain arguments.
                None => draft.operation(OperationKind::Method, request.method(), true),
            }
            draft.arguments(&json!({"uri": uri}));
        }
        request => {
            let is_known = Method::of_request(request.method()).is_some();
            draft.operation(OperationKind::Method, request.method(), is_known);
        }
    }
}

/// Returns the operation that a request calls.
pub(super) fn entry(request: &ClientRequest, operations: &'static dyn Operations) -> Option<&'static Entry> {
    let own = operations.method(request.method());
    let called = own.or_else(|| match request {
        ClientRequest::CallToolRequest(call) => operations.tool(&call.params.name),
        ClientRequest::GetPromptRequest(get) => operations.prompt(&get.params.name),
        ClientRequest::ReadResourceRequest(read) => operations.resource(&read.params.uri).map(|(entry, _)| entry),
        _ => None,
    });
    called.map(AsRef::as_ref)
}

/// Adds the properties of a request to its span.
pub(super) fn describe_span(
    span: &RequestSpan,
    request: &ClientRequest,
    context: &RequestContext<RoleServer>,
    operations: &'static dyn Operations,
) {
    let version = context.protocol_version();
    let description = SpanDescription {
        method: Method::of_request(request.method()).map(|method| method.name),
        revision: version.as_ref().map(|version| version.as_str()),
        ..SpanDescription::default()
    };
    span.describe(match request {
        ClientRequest::CallToolRequest(call) => {
            let tool = Some(call.params.name.as_ref()).filter(|tool| operations.tool(tool).is_some());
            SpanDescription { tool, ..description }
        }
        ClientRequest::GetPromptRequest(get) => {
            let prompt = Some(get.params.name.as_str()).filter(|prompt| operations.prompt(prompt).is_some());
            SpanDescription { prompt, ..description }
        }
        ClientRequest::ReadResourceRequest(read) => {
            let is_constant = |uri: &&str| matches!(operations.named_resource(uri), Some(Operation::Resource(_)));
            SpanDescription { resource: Some(read.params.uri.as_str()).filter(is_constant), ..description }
        }
        _ => description,
    });
    span.request_id(&context.id.to_string());
}
