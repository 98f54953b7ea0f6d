//! What the macros' expansions name. Not part of the public interface: anything here may change in any release.

pub use rmcp;
use rmcp::schemars::JsonSchema;

pub use crate::gate::peek;
pub use crate::requirement::Requirement;
pub use crate::scope::Scope;
pub use crate::scope::ScopeSet;
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
pub use crate::vocabulary::KnownScopes;
pub use crate::vocabulary::Scopes;

/// The input schema of `Parameters<T>`.
///
/// # Panics
///
/// When the schema of `T` is no JSON object: MCP requires one.
#[must_use]
pub fn input_schema<T: JsonSchema + 'static>(tool: &str) -> std::sync::Arc<rmcp::model::JsonObject> {
    rmcp::handler::server::common::schema_for_input::<T>()
        .unwrap_or_else(|error| panic!("the parameters of tool `{tool}` have no usable schema: {error}"))
}

/// A parameter that nobody needs to look into: every extractor of rmcp's and ours, with a message for what is none.
#[diagnostic::on_unimplemented(
    message = "a tool cannot take `{Self}` as a parameter",
    label = "not an extractor",
    note = "the arguments of a call are taken together, as `Parameters<T>`",
    note = "the token is taken as `ValidatedToken`, its claims as `Claims<T>`, and `Option<ValidatedToken>` where a tool is `public`"
)]
pub trait Parameter<S>: Sized {
    /// Takes it out of the request.
    fn take(context: &mut rmcp::handler::server::tool::ToolCallContext<'_, S>) -> Result<Self, rmcp::ErrorData>;
}

#[diagnostic::do_not_recommend]
impl<S, T> Parameter<S> for T
where
    T: for<'c> rmcp::handler::server::common::FromContextPart<rmcp::handler::server::tool::ToolCallContext<'c, S>>,
{
    fn take(context: &mut rmcp::handler::server::tool::ToolCallContext<'_, S>) -> Result<Self, rmcp::ErrorData> {
        T::from_context_part(context)
    }
}

/// Takes a parameter out of the request. Generated code names `T`, so that a type which is no extractor is reported where it is written.
pub fn parameter<S, T: Parameter<S>>(
    context: &mut rmcp::handler::server::tool::ToolCallContext<'_, S>,
) -> Result<T, rmcp::ErrorData> {
    T::take(context)
}

/// What a tool answers: everything that rmcp converts, with a message for what it does not.
#[diagnostic::on_unimplemented(
    message = "a tool cannot answer with `{Self}`",
    label = "does not convert into the result of a tool",
    note = "answer with a `String`, with `Json<T>` where `T: serde::Serialize + schemars::JsonSchema`, or with a `Result` of such types",
    note = "for a type of your own, an error for example, implement `IntoContents` or `IntoCallToolResult` of `rmcp`"
)]
pub trait Answer {
    /// Converts it.
    fn into_result(self) -> Result<rmcp::model::CallToolResponse, rmcp::ErrorData>;
}

#[diagnostic::do_not_recommend]
impl<T: rmcp::handler::server::tool::IntoCallToolResult> Answer for T {
    fn into_result(self) -> Result<rmcp::model::CallToolResponse, rmcp::ErrorData> {
        self.into_call_tool_result()
    }
}

/// Converts what a tool answers. Generated code names `T`, so that a type which does not convert is reported where it is written.
pub fn answer<T: Answer>(answer: T) -> Result<rmcp::model::CallToolResponse, rmcp::ErrorData> {
    answer.into_result()
}

/// The same for a `Result`, so that the one of its two types is reported which does not convert.
pub fn answer_or_error<T: Answer, E: Answer>(
    answer: Result<T, E>,
) -> Result<rmcp::model::CallToolResponse, rmcp::ErrorData> {
    answer.map(Answer::into_result).map_err(Answer::into_result).into_result()
}
