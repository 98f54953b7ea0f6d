//! Adds the operation of a request to its record.

use http::{HeaderMap, Method};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::config::GateConfig;
use super::headers::PROTOCOL_VERSION;
use super::message::{Message, Params};
use crate::operation;
use crate::record::{Draft, OperationKind};

/// The members of the params of a call that a record describes.
#[derive(Deserialize)]
struct CallParams {
    #[serde(default)]
    arguments: Option<Map<String, Value>>,
}

/// The params of `initialize`. Its request has no header with the revision.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InitializeParams {
    protocol_version: String,
}

impl GateConfig {
    /// Describes a message.
    pub(super) fn describe(&self, draft: &Draft, headers: &HeaderMap, message: &Message<'_>, session: Option<&str>) {
        if let Some(revision) = headers.get(PROTOCOL_VERSION).and_then(|value| value.to_str().ok()) {
            draft.revision(revision);
        }
        if let Some(session) = session {
            draft.session(session);
        }
        match message {
            Message::Request { method, params, .. } => self.describe_request(draft, method, params),
            Message::Notification { method } => {
                draft.operation(OperationKind::Method, method, operation::Method::is_notification(method));
            }
            Message::Response => {}
        }
    }

    fn describe_request(&self, draft: &Draft, method: &str, params: &Params<'_>) {
        let subject = params.subject(method).flatten();
        match (method, subject) {
            // The server implements the method itself, so no name is one of its own.
            ("prompts/get" | "resources/read", _) if self.lookup.has_method(method) => {
                draft.operation(OperationKind::Method, method, true);
            }
            ("tools/call", Some(tool)) => draft.operation(OperationKind::Tool, tool, self.lookup.has_tool(tool)),
            ("prompts/get", Some(prompt)) => {
                draft.operation(OperationKind::Prompt, prompt, self.lookup.has_prompt(prompt));
            }
            ("resources/read", Some(uri)) => {
                match self.lookup.resource(uri) {
                    Some(operation) => draft.operation(operation.into(), operation.name(), true),
                    // A URI may contain arguments.
                    None => draft.operation(OperationKind::Method, method, true),
                }
                draft.arguments(&json!({"uri": uri}));
            }
            (method, _) => {
                let is_known = operation::Method::of_request(method).is_some();
                draft.operation(OperationKind::Method, method, is_known);
            }
        }
        if !draft.is_recorded() {
            return;
        }
        if matches!(method, "tools/call" | "prompts/get")
            && let Some(CallParams { arguments }) = params.read()
        {
            draft.arguments(&Value::Object(arguments.unwrap_or_default()));
        }
        if method == "initialize"
            && let Some(InitializeParams { protocol_version }) = params.read()
        {
            draft.revision(&protocol_version);
        }
    }
}

/// Describes a request without a message: it opens the event stream of a session, or ends the session.
pub(super) fn describe_session_request(draft: &Draft, method: &Method, session: Option<&str>) {
    match *method {
        Method::GET => draft.operation(OperationKind::Session, "listen", true),
        Method::DELETE => draft.operation(OperationKind::Session, "end", true),
        // rmcp rejects it.
        _ => {}
    }
    if let Some(session) = session {
        draft.session(session);
    }
}
