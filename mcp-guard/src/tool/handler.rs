//! What the generated `ServerHandler` does.

use rmcp::ErrorData;
use rmcp::RoleServer;
use rmcp::handler::server::tool::ToolCallContext;
use rmcp::model::CacheScope;
use rmcp::model::CallToolRequestParams;
use rmcp::model::CallToolResponse;
use rmcp::model::Implementation;
use rmcp::model::ListToolsResult;
use rmcp::model::PaginatedRequestParams;
use rmcp::model::ProtocolVersion;
use rmcp::model::ResultType;
use rmcp::model::ServerCapabilities;
use rmcp::model::ServerConfig;
use rmcp::model::Tool;
use rmcp::service::RequestContext;

use super::GuardedServer;
use super::lock;
use crate::requirement::Requirement;

/// The answer to `initialize` and `server/discover`.
#[must_use]
pub fn server_info(name: &str, version: &str, title: Option<&str>, instructions: Option<&str>) -> ServerConfig {
    let mut implementation = Implementation::new(name, version);
    if let Some(title) = title {
        implementation = implementation.with_title(title);
    }
    let info = ServerConfig::new(ServerCapabilities::builder().enable_tools().build()).with_server_info(implementation);
    match instructions {
        Some(instructions) => info.with_instructions(instructions),
        None => info,
    }
}

/// `tools/call`.
pub async fn call_tool<S: GuardedServer>(
    server: &S,
    request: CallToolRequestParams,
    context: RequestContext<RoleServer>,
) -> Result<CallToolResponse, ErrorData> {
    S::guarded_tools().call(ToolCallContext::new(server, request, context)).await
}

/// `tools/list`: every tool, for everybody who may list, in the order of the names (MCP, "Listing Tools").
///
/// The tools are the same for every caller, but only a server that lets anonymous callers in may say `public`: from any other, a shared cache
/// would show the list to callers who could not ask for it themselves.
#[expect(clippy::needless_pass_by_value, reason = "the signature of `ServerHandler::list_tools`")]
pub fn list_tools<S: GuardedServer>(
    request: Option<PaginatedRequestParams>,
    context: RequestContext<RoleServer>,
) -> Result<ListToolsResult, ErrorData> {
    let caller = lock::open(&context, &Requirement::Public).map_err(lock::Denied::into_error)?;
    if request.is_some_and(|request| request.cursor.is_some()) {
        return Err(ErrorData::invalid_params("unknown cursor: the list of tools has one page", None));
    }
    let mut result = ListToolsResult::with_all_items(S::guarded_tools().list().to_vec());
    result.result_type = Some(ResultType::COMPLETE);
    if context.protocol_version().is_some_and(|version| version >= ProtocolVersion::V_2026_07_28) {
        result.ttl_ms = Some(0);
        result.cache_scope =
            Some(if caller.policy().allows_anonymous() { CacheScope::Public } else { CacheScope::Private });
    }
    Ok(result)
}

/// A tool's definition.
#[must_use]
pub fn get_tool<S: GuardedServer>(name: &str) -> Option<Tool> {
    S::guarded_tools().get(name).cloned()
}
