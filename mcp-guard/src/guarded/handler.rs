//! The methods of the generated `ServerHandler`.
//!
//! The futures of operations are boxed. rmcp's transport moves the future of a request several times, and a future in
//! place would be as large as everything that the operation keeps.

use std::sync::Arc;

use futures::future::BoxFuture;
use rmcp::handler::server::prompt::PromptContext;
use rmcp::handler::server::tool::ToolCallContext;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, DiscoverResult, GetPromptRequestMethod, GetPromptRequestParams,
    GetPromptResponse, Implementation, ReadResourceRequestMethod, ReadResourceRequestParams, ReadResourceResponse,
    ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};

use super::GuardedServer;
use super::input::ClientInput;
use super::lock::ResponseGuard;
use super::request_state::RequestState;
use super::run::Run;
use super::sealing::Sealing;
use crate::operation::{Entry, Operations};
use crate::seal::StateOf;

/// Returns the response to `initialize` and `server/discover`.
#[must_use]
pub fn server_info<S: GuardedServer>(
    name: &str,
    version: &str,
    title: Option<&str>,
    instructions: Option<&str>,
) -> ServerConfig {
    let mut implementation = Implementation::new(name, version);
    if let Some(title) = title {
        implementation = implementation.with_title(title);
    }
    let info = ServerConfig::new(S::capabilities()).with_server_info(implementation);
    match instructions {
        Some(instructions) => info.with_instructions(instructions),
        None => info,
    }
}

/// Returns the response to `server/discover` of a server with its own `get_info`.
///
/// Since 2026-07-28, change notifications are sent on the stream of `subscriptions/listen`. Without that method their
/// capabilities are not offered.
pub fn discover<S: GuardedServer>(server: &S) -> DiscoverResult {
    let mut info = server.get_info();
    let versions = server.supported_protocol_versions().into_owned();
    if S::guarded().method("subscriptions/listen").is_some() {
        return DiscoverResult::from_server_info(versions, info);
    }
    let ServerCapabilities { prompts, resources, tools, .. } = &mut info.capabilities;
    if let Some(prompts) = prompts {
        prompts.list_changed = None;
    }
    if let Some(resources) = resources {
        resources.list_changed = None;
        resources.subscribe = None;
    }
    if let Some(tools) = tools {
        tools.list_changed = None;
    }
    DiscoverResult::from_server_info(versions, info)
}

/// Handles `tools/call`.
pub fn call_tool<S: GuardedServer>(
    server: &S,
    request: CallToolRequestParams,
    mut context: RequestContext<RoleServer>,
) -> BoxFuture<'_, Result<CallToolResponse, ErrorData>> {
    Box::pin(async move {
        let CallToolRequestParams { name, arguments, input_responses, request_state, .. } = &request;
        let entry = S::guarded().tool(name).map(AsRef::as_ref);
        let state = bind(&context, entry, request_state.as_ref(), StateOf::Tool(name, arguments.as_ref()));
        ClientInput::keep(input_responses.as_ref(), request_state.as_ref(), state.as_ref(), &mut context.extensions);
        let run = Run::new(S::guarded(), &context);
        let sealing = Sealing::of(&context, state);
        run.until_done(async {
            let guard = ResponseGuard::of(&context);
            let response = S::guarded().tools().call(ToolCallContext::new(server, request, context)).await;
            sealing.call(guard.call(response)?)
        })
        .await
    })
}

/// Handles `prompts/get`.
pub fn get_prompt<S: GuardedServer>(
    server: &S,
    request: GetPromptRequestParams,
    mut context: RequestContext<RoleServer>,
) -> BoxFuture<'_, Result<GetPromptResponse, ErrorData>> {
    Box::pin(async move {
        if S::guarded().prompts().is_empty() {
            return Err(ErrorData::method_not_found::<GetPromptRequestMethod>());
        }
        let GetPromptRequestParams { name, arguments, input_responses, request_state, .. } = request;
        let entry = S::guarded().prompt(&name).map(AsRef::as_ref);
        let state = bind(&context, entry, request_state.as_ref(), StateOf::Prompt(&name, arguments.as_ref()));
        ClientInput::keep(input_responses.as_ref(), request_state.as_ref(), state.as_ref(), &mut context.extensions);
        let run = Run::new(S::guarded(), &context);
        let sealing = Sealing::of(&context, state);
        run.until_done(async {
            let guard = ResponseGuard::of(&context);
            let response = S::guarded().prompts().get(PromptContext::new(server, name, arguments, context)).await;
            sealing.prompt(guard.other(response)?)
        })
        .await
    })
}

/// Handles `resources/read`.
pub fn read_resource<S: GuardedServer>(
    server: &S,
    request: ReadResourceRequestParams,
    mut context: RequestContext<RoleServer>,
) -> BoxFuture<'_, Result<ReadResourceResponse, ErrorData>> {
    Box::pin(async move {
        if S::guarded().resources().is_empty() {
            return Err(ErrorData::method_not_found::<ReadResourceRequestMethod>());
        }
        let ReadResourceRequestParams { uri, input_responses, request_state, .. } = request;
        let state = RequestState::of(&context, StateOf::Resource(&uri)).map(Arc::new);
        ClientInput::keep(input_responses.as_ref(), request_state.as_ref(), state.as_ref(), &mut context.extensions);
        let run = Run::new(S::guarded(), &context);
        let sealing = Sealing::of(&context, state);
        run.until_done(async {
            let guard = ResponseGuard::of(&context);
            let response = S::guarded().resources().read(server, uri, context).await;
            sealing.resource(guard.other(response)?)
        })
        .await
    })
}

/// Binds the state of a request to its caller. `None` if there is none: the client sent none, and the result of the
/// operation is complete by its type. The digest of the arguments is then not computed.
fn bind(
    context: &RequestContext<RoleServer>,
    entry: Option<&Entry>,
    sealed: Option<&String>,
    request: StateOf<'_>,
) -> Option<Arc<RequestState>> {
    let is_needed = sealed.is_some() || entry.is_some_and(|entry| !entry.is_direct());
    is_needed.then(|| RequestState::of(context, request)).flatten().map(Arc::new)
}

/// Returns the definition of a tool.
#[must_use]
pub fn get_tool<S: GuardedServer>(name: &str) -> Option<Tool> {
    S::guarded_tools().get(name).cloned()
}
