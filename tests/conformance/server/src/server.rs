//! The server: its operations and their requirements.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_guard::prelude::*;
use mcp_guard::{BuildError, ClientInput, ResourceServer, ResourceUri};
use rmcp::model::{
    CancelTaskParams, CompleteRequestParams, CompleteResult, CompletionInfo, ContentBlock, GetPromptResponse,
    GetPromptResult, GetTaskParams, GetTaskResult, Implementation, PromptMessage, ResourceContents, Role,
    ServerCapabilities, ServerConfig, SubscribeRequestParams, UnsubscribeRequestParams, UpdateTaskParams,
};
use rmcp::service::RequestContext;
use rmcp::task_manager::TaskManager;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::logs::{Logs, SetLevel};
use crate::scopes::ConformanceScope;
use crate::tasks::Tasks;
use crate::tokens::{ISSUER, OpaqueTokens};
use crate::{client_requests, content, multi_round, scopes, tasks};

/// The server that the suite requires.
#[derive(Clone)]
pub struct Conformance {
    logs: Arc<Logs>,
    tasks: Arc<Tasks>,
    runs: Arc<AtomicUsize>,
}

impl Conformance {
    /// Creates a server.
    #[must_use]
    pub fn new() -> Self {
        Self { logs: Arc::default(), tasks: Arc::default(), runs: Arc::default() }
    }

    /// Creates a handler for another session, with its own log level.
    #[must_use]
    pub fn session(&self) -> Self {
        Self { logs: Arc::default(), ..self.clone() }
    }

    /// Returns how often the four operations of the contract ran, in all sessions.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.runs.load(Ordering::SeqCst)
    }

    pub(crate) fn count_run(&self) {
        self.runs.fetch_add(1, Ordering::SeqCst);
    }

    pub(crate) fn logs(&self) -> &Logs {
        &self.logs
    }

    pub(crate) fn tasks(&self) -> &Tasks {
        &self.tasks
    }
}

impl Default for Conformance {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Conformance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conformance").field("runs", &self.runs()).finish_non_exhaustive()
    }
}

/// Guards the server. `resource` is its URL for clients.
///
/// # Errors
///
/// Returns a [`BuildError`] if the URL is not valid for a server.
pub async fn guard(server: Conformance, resource: impl Into<String>) -> Result<ResourceServer, BuildError> {
    ResourceServer::builder(resource)
        .validator(OpaqueTokens, [ISSUER])
        .baseline([ConformanceScope::Baseline])
        .tools_with(move || Ok(server.session()))
        .build()
        .await
}

/// The arguments of `test_prompt_with_arguments`.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct TwoArguments {
    /// First test argument.
    arg1: String,
    /// Second test argument.
    arg2: String,
}

/// The argument of `test_prompt_with_embedded_resource`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Embedded {
    /// The URI of the resource to embed.
    resource_uri: String,
}

#[guarded_tools(
    scopes = ConformanceScope,
    own_handler,
    tools = [
        client_requests::test_elicitation,
        client_requests::test_elicitation_sep1034_defaults,
        client_requests::test_elicitation_sep1330_enums,
        client_requests::test_logging_tool,
        client_requests::test_missing_capability,
        client_requests::test_reconnection,
        client_requests::test_sampling,
        client_requests::test_tool_with_logging,
        client_requests::test_tool_with_progress,
        content::json_schema_2020_12_tool,
        content::test_audio_content,
        content::test_embedded_resource,
        content::test_error_handling,
        content::test_header_parameter,
        content::test_image_content,
        content::test_multiple_content_types,
        content::test_simple_text,
        multi_round::test_input_required_result_capabilities,
        multi_round::test_input_required_result_elicitation,
        multi_round::test_input_required_result_list_roots,
        multi_round::test_input_required_result_multi_round,
        multi_round::test_input_required_result_multiple_inputs,
        multi_round::test_input_required_result_request_state,
        multi_round::test_input_required_result_sampling,
        multi_round::test_input_required_result_tampered_state,
        multi_round::test_streaming_elicitation,
        tasks::confirm_delete,
        tasks::failing_job,
        tasks::greet,
        tasks::multi_input,
        tasks::protocol_error_job,
        tasks::slow_compute,
        tasks::test_tool_with_task,
    ],
)]
impl Conformance {
    /// A text.
    #[guarded_resource(
        uri = "test://static-text",
        mime_type = "text/plain",
        scopes = ["mcp:conformance:resources:read", "mcp:conformance:resources:static"],
    )]
    fn static_text(&self) -> String {
        self.count_run();
        "This is the content of the static text resource.".to_owned()
    }

    /// An image.
    #[guarded_resource(
        uri = "test://static-binary",
        mime_type = "image/png",
        scopes = ["mcp:conformance:resources:read", "mcp:conformance:resources:static"],
    )]
    fn static_binary(&self, ResourceUri(uri): ResourceUri) -> ResourceContents {
        ResourceContents::blob(content::IMAGE, uri).with_mime_type("image/png")
    }

    /// A text that clients can subscribe to. It never changes.
    #[guarded_resource(
        uri = "test://watched-resource",
        mime_type = "text/plain",
        scopes = ["mcp:conformance:resources:read", "mcp:conformance:resources:static"],
    )]
    fn watched_resource(&self) -> String {
        "This is the content of the watched resource.".to_owned()
    }

    /// The data of an ID, for callers with the scope for this ID.
    #[guarded_resource(
        uri = "test://template/{id}/data",
        mime_type = "application/json",
        scope = "mcp:conformance:resources:read",
        scopes_for = scopes::template,
    )]
    async fn template_data(&self, id: String) -> Json<Value> {
        self.count_run();
        Json(json!({"id": id, "templateTest": true, "data": format!("Data for ID: {id}")}))
    }

    /// A prompt without arguments.
    #[guarded_prompt(scopes = ["mcp:conformance:prompts:get", "mcp:conformance:prompts:test_simple_prompt"])]
    fn test_simple_prompt(&self) -> String {
        self.count_run();
        "This is a simple prompt for testing.".to_owned()
    }

    /// A prompt with two arguments.
    #[guarded_prompt(scope = "mcp:conformance:prompts:get")]
    fn test_prompt_with_arguments(&self, Parameters(given): Parameters<TwoArguments>) -> String {
        format!("Prompt with arguments: arg1='{}', arg2='{}'", given.arg1, given.arg2)
    }

    /// A prompt with a resource in it.
    #[guarded_prompt(scope = "mcp:conformance:prompts:get")]
    fn test_prompt_with_embedded_resource(&self, Parameters(given): Parameters<Embedded>) -> Vec<PromptMessage> {
        let resource = ResourceContents::text("Embedded resource content for testing.", given.resource_uri);
        vec![
            PromptMessage::new(Role::User, ContentBlock::resource(resource.with_mime_type("text/plain"))),
            PromptMessage::new_text(Role::User, "Please process the embedded resource above."),
        ]
    }

    /// A prompt with an image in it.
    #[guarded_prompt(scope = "mcp:conformance:prompts:get")]
    fn test_prompt_with_image(&self) -> Vec<PromptMessage> {
        vec![
            PromptMessage::new(Role::User, ContentBlock::image(content::IMAGE, "image/png")),
            PromptMessage::new_text(Role::User, "Please analyze the image above."),
        ]
    }

    /// A prompt that asks for its context first.
    #[guarded_prompt(scope = "mcp:conformance:prompts:get")]
    async fn test_input_required_result_prompt(&self, input: ClientInput) -> Result<GetPromptResponse, ErrorData> {
        match multi_round::accepted(&input, "user_context").and_then(|content| content["context"].as_str()) {
            Some(context) => {
                let text = format!("Use this context: {context}");
                Ok(GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)]).into())
            }
            None => {
                let asked = multi_round::elicitation("What context should the prompt use?", "context", "string");
                Ok(multi_round::questions([("user_context", asked)], None)?.into())
            }
        }
    }
}

/// Returns the tasks of the caller. A handwritten method reads the token from its context.
fn tasks_of(server: &Conformance, context: &RequestContext<RoleServer>) -> Result<TaskManager, ErrorData> {
    let token = ValidatedToken::of(context).ok_or_else(|| ErrorData::invalid_request("tasks require a token", None))?;
    Ok(server.tasks.of(&token))
}

#[guarded_handler]
impl ServerHandler for Conformance {
    fn get_info(&self) -> ServerConfig {
        let mut capabilities = Self::capabilities();
        capabilities.extensions = ServerCapabilities::builder().enable_tasks().build().extensions;
        let me = Implementation::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        ServerConfig::new(capabilities).with_server_info(me)
    }

    #[guarded(scope = "mcp:conformance:tools:call")]
    async fn get_task(
        &self,
        request: GetTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetTaskResult, ErrorData> {
        tasks_of(self, &context)?.get_task(&request.task_id).map(GetTaskResult::new)
    }

    #[guarded(scope = "mcp:conformance:tools:call")]
    async fn update_task(
        &self,
        request: UpdateTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        tasks_of(self, &context)?.update_task(&request.task_id, request.input_responses)
    }

    #[guarded(scope = "mcp:conformance:tools:call")]
    async fn cancel_task(
        &self,
        request: CancelTaskParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        tasks_of(self, &context)?.cancel_task(&request.task_id)
    }

    #[guarded(authenticated)]
    async fn complete(
        &self,
        request: CompleteRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let values = ["paris", "park", "party"].into_iter().filter(|value| value.starts_with(&request.argument.value));
        let values = CompletionInfo::with_all_values(values.map(str::to_owned).collect());
        values.map(CompleteResult::new).map_err(|error| ErrorData::internal_error(error, None))
    }

    #[guarded(authenticated)]
    async fn set_level(&self, request: SetLevel, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.logs.set_level(&request);
        Ok(())
    }

    #[guarded(authenticated)]
    async fn subscribe(&self, _: SubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        // The resources never change, so subscribers need no tracking.
        Ok(())
    }

    #[guarded(authenticated)]
    async fn unsubscribe(&self, _: UnsubscribeRequestParams, _: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        Ok(())
    }
}
