//! What the macros' expansions name. Not part of the public interface: anything here may change in any release.

pub use rmcp;

pub use crate::requirement::Requirement;
pub use crate::scope::Scope;
pub use crate::tool::GuardedServer;
pub use crate::tool::GuardedTool;
pub use crate::tool::GuardedTools;
pub use crate::tool::built_once;
pub use crate::tool::call_tool;
pub use crate::tool::extract;
pub use crate::tool::extract_optional_token;
pub use crate::tool::get_tool;
pub use crate::tool::list_tools;
pub use crate::tool::server_info;

/// The input schema of `Parameters<T>`.
///
/// # Panics
///
/// When the schema of `T` is no JSON object: MCP requires one.
#[must_use]
pub fn input_schema<T: rmcp::schemars::JsonSchema + 'static>(tool: &str) -> std::sync::Arc<rmcp::model::JsonObject> {
    rmcp::handler::server::common::schema_for_input::<T>()
        .unwrap_or_else(|error| panic!("the parameters of tool `{tool}` have no usable schema: {error}"))
}

/// The future of a tool, with its type spelled out for the compiler.
pub type ToolFuture<'c> = std::pin::Pin<
    Box<dyn Future<Output = Result<rmcp::model::CallToolResponse, rmcp::ErrorData>> + Send + 'c>,
>;
