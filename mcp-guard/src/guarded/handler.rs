//! What the generated `ServerHandler` does.

use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::handler::server::prompt::PromptContext;
use rmcp::handler::server::tool::ToolCallContext;
use rmcp::model::CallToolRequestParams;
use rmcp::model::CallToolResponse;
use rmcp::model::GetPromptRequestParams;
use rmcp::model::GetPromptResponse;
use rmcp::model::Implementation;
use rmcp::model::ReadResourceRequestParams;
use rmcp::model::ReadResourceResponse;
use rmcp::model::ServerCapabilities;
use rmcp::model::ServerConfig;
use rmcp::model::Tool;
use rmcp::service::RequestContext;

use super::Guarded;
use super::GuardedServer;
use super::lock::Settle;

/// The answer to `initialize` and `server/discover`.
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
    let info = ServerConfig::new(capabilities::<S>()).with_server_info(implementation);
    match instructions {
        Some(instructions) => info.with_instructions(instructions),
        None => info,
    }
}

/// What the guarded operations of a server need a client to know of.
#[must_use]
pub fn capabilities<S: GuardedServer>() -> ServerCapabilities {
    let guarded: &Guarded<S> = S::guarded();
    let mut capabilities = ServerCapabilities::default();
    if !guarded.tools().list().is_empty() {
        capabilities.tools = Some(rmcp::model::ToolsCapability::default());
    }
    if !guarded.prompts().is_empty() {
        capabilities.prompts = Some(rmcp::model::PromptsCapability::default());
    }
    if !guarded.resources().is_empty() {
        capabilities.resources = Some(rmcp::model::ResourcesCapability::default());
    }
    capabilities
}

/// `tools/call`.
pub async fn call_tool<S: GuardedServer>(
    server: &S,
    request: CallToolRequestParams,
    context: RequestContext<RoleServer>,
) -> Result<CallToolResponse, ErrorData> {
    let settle = Settle::of(&context);
    settle.call(S::guarded().tools().call(ToolCallContext::new(server, request, context)).await)
}

/// `prompts/get`.
pub async fn get_prompt<S: GuardedServer>(
    server: &S,
    request: GetPromptRequestParams,
    context: RequestContext<RoleServer>,
) -> Result<GetPromptResponse, ErrorData> {
    let GetPromptRequestParams { name, arguments, .. } = request;
    let settle = Settle::of(&context);
    settle.other(S::guarded().prompts().get(PromptContext::new(server, name, arguments, context)).await)
}

/// `resources/read`.
pub async fn read_resource<S: GuardedServer>(
    server: &S,
    request: ReadResourceRequestParams,
    context: RequestContext<RoleServer>,
) -> Result<ReadResourceResponse, ErrorData> {
    let settle = Settle::of(&context);
    settle.other(S::guarded().resources().read(server, request.uri, context).await)
}

/// A tool's definition.
#[must_use]
pub fn get_tool<S: GuardedServer>(name: &str) -> Option<Tool> {
    S::guarded_tools().get(name).cloned()
}
