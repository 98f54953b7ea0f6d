//! The methods of the generated `ServerHandler`.
//!
//! The futures of operations are boxed. rmcp's transport moves the future of a request several times, and a future in
//! place would be as large as everything that the operation keeps.

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
use super::run::Run;
use crate::operation::Operations;

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
        ClientInput::keep(request.input_responses.as_ref(), request.request_state.as_ref(), &mut context.extensions);
        let run = Run::new(S::guarded(), &context);
        run.until_done(async {
            let guard = ResponseGuard::of(&context);
            guard.call(S::guarded().tools().call(ToolCallContext::new(server, request, context)).await)
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
        ClientInput::keep(request.input_responses.as_ref(), request.request_state.as_ref(), &mut context.extensions);
        let GetPromptRequestParams { name, arguments, .. } = request;
        let run = Run::new(S::guarded(), &context);
        run.until_done(async {
            let guard = ResponseGuard::of(&context);
            guard.other(S::guarded().prompts().get(PromptContext::new(server, name, arguments, context)).await)
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
        ClientInput::keep(request.input_responses.as_ref(), request.request_state.as_ref(), &mut context.extensions);
        let run = Run::new(S::guarded(), &context);
        run.until_done(async {
            let guard = ResponseGuard::of(&context);
            guard.other(S::guarded().resources().read(server, request.uri, context).await)
        })
        .await
    })
}

/// Returns the definition of a tool.
#[must_use]
pub fn get_tool<S: GuardedServer>(name: &str) -> Option<Tool> {
    S::guarded_tools().get(name).cloned()
}
