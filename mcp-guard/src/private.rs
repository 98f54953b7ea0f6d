//! Items for the code that the macros generate. Not part of the public API: they may change in any release.

#[path = "private/direct.rs"]
pub mod direct;
#[path = "private/generated.rs"]
mod generated;

pub use rmcp;
use rmcp::ErrorData;
use rmcp::handler::server::common::FromContextPart;
use rmcp::model::{CallToolResponse, GetPromptResponse, ReadResourceResponse};
use rmcp::schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::guarded::no_such_resource;
use crate::scope::InvalidScope;

pub use crate::gate::peek;
pub use crate::guarded::{
    Admitted, Guarded, GuardedHandler, GuardedMethod, GuardedPrompt, GuardedPrompts, GuardedResource, GuardedResources,
    GuardedServer, GuardedTool, GuardedTools, MethodSubject as Subject, Optional, PromptAnswer, ResourceAnswer,
    ResourceContext, ToolFunction, Variable, admit_method, built_once, call_tool, catch_panic, catch_panic_or,
    discover, extract, extract_optional_token, get_prompt, get_tool, list_prompts, list_resource_templates,
    list_resources, list_tools, optional_variable, read_resource, server_info, variable,
};
pub use crate::limit::Rate;
pub use crate::operation::ScopesFor;
pub use crate::policy::Requirement;
pub use crate::scope::{KnownScopes, Scope, ScopeSet, Scopes};
pub use crate::{
    __mcp_guard_handler_methods as handler_methods, __mcp_guard_is_direct as is_direct,
    __mcp_guard_or_return as or_return,
};
pub use rmcp::handler::server::prompt::PromptContext;
pub use rmcp::handler::server::tool::ToolCallContext;

/// Declares the `ServerHandler` of the application, and adds the requirements of its methods.
pub fn require_methods<S: GuardedHandler + Send + Sync + 'static>(guarded: &mut Guarded<S>) {
    guarded.set_own_handler();
    S::methods().into_iter().for_each(|method| guarded.guard(method));
}

/// Returns the input schema of a tool that takes `Parameters<T>`. MCP requires the schema of an object: for any other type
/// the server does not build.
#[must_use]
pub fn input_schema<T: JsonSchema + 'static>(_tool: &str) -> std::sync::Arc<rmcp::model::JsonObject> {
    let invalid = |error: String| [(crate::operation::INVALID_SCHEMA.to_owned(), error.into())].into_iter().collect();
    rmcp::handler::server::common::schema_for_input::<T>()
        .unwrap_or_else(|error| std::sync::Arc::new(invalid(error.to_string())))
}

/// Returns the arguments of a prompt, from the schema of `Parameters<T>`.
#[must_use]
pub fn prompt_arguments<T: JsonSchema + 'static>() -> Option<Vec<rmcp::model::PromptArgument>> {
    rmcp::handler::server::prompt::cached_arguments_from_schema::<T>()
}

/// A parameter that contains the arguments of a call. Resolves their type also for an alias of `Parameters<T>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not contain the arguments of a call",
    label = "`scopes_for` needs the arguments",
    note = "take the arguments of a call as `Parameters<T>`"
)]
pub trait ArgumentsOf {
    /// The type of the arguments.
    type Arguments: DeserializeOwned;
}

impl<T: DeserializeOwned> ArgumentsOf for rmcp::handler::server::wrapper::Parameters<T> {
    type Arguments = T;
}

impl ArgumentsOf for rmcp::model::JsonObject {
    type Arguments = Self;
}

/// Creates the additional requirement that `compute` returns for the arguments of a call. Rejects arguments that do not
/// parse as `T` with the error of `Parameters<T>`.
pub fn scopes_for<T, R>(compute: impl Fn(&T) -> R + Send + Sync + 'static) -> ScopesFor
where
    T: DeserializeOwned,
    R: Computed,
{
    ScopesFor::new(move |arguments| {
        let arguments = rmcp::handler::server::tool::parse_json_object::<T>(arguments.clone())?;
        let scopes = compute(&arguments).into_scopes();
        scopes.map_err(|_| ErrorData::invalid_params("no caller may use these arguments", None))
    })
}

/// The result of a `scopes_for` function: any type that converts into a `ScopeSet`.
#[diagnostic::on_unimplemented(
    message = "`scopes_for` cannot return `{Self}`",
    label = "cannot be converted into scopes",
    note = "return a `Scope`, an `Option<Scope>`, a `ScopeSet`, or the `Result` of `Scope::new(..)`"
)]
pub trait Computed {
    /// Converts the result into scopes.
    fn into_scopes(self) -> Result<ScopeSet, InvalidScope>;
}

#[diagnostic::do_not_recommend]
impl<T: Into<ScopeSet>> Computed for T {
    fn into_scopes(self) -> Result<ScopeSet, InvalidScope> {
        Ok(self.into())
    }
}

/// No caller can hold an invalid scope, so the operation does not run.
#[diagnostic::do_not_recommend]
impl<T: Into<ScopeSet>> Computed for Result<T, InvalidScope> {
    fn into_scopes(self) -> Result<ScopeSet, InvalidScope> {
        self.map(Into::into)
    }
}

/// Converts the scopes for the variables of a URI template. An invalid scope means that the resource does not exist.
pub fn computed<T: Computed>(scopes: T) -> Result<ScopeSet, ErrorData> {
    scopes.into_scopes().map_err(|_| no_such_resource())
}

/// Returns the URIs of the resources in a subscription.
#[must_use]
pub fn subscribed(context: &rmcp::service::SubscriptionContext) -> &[String] {
    context.requested().resource_subscriptions.as_deref().unwrap_or_default()
}

/// A parameter of a guarded function: any extractor of rmcp or of this crate.
#[diagnostic::on_unimplemented(
    message = "a guarded function cannot take `{Self}` as a parameter",
    label = "not an extractor",
    note = "take the arguments of a call as `Parameters<T>`, \
            and each variable of a URI template as a parameter with its name",
    note = "take the token as `ValidatedToken`, its claims as `Claims<T>`, \
            and in a `public` operation `Option<ValidatedToken>`"
)]
pub trait Parameter<C>: Sized {
    /// Extracts the parameter from the request.
    fn take(context: &mut C) -> Result<Self, ErrorData>;
}

#[diagnostic::do_not_recommend]
impl<C, T: FromContextPart<C>> Parameter<C> for T {
    fn take(context: &mut C) -> Result<Self, ErrorData> {
        T::from_context_part(context)
    }
}

/// Extracts a parameter from the request. Generated code names `T`, so that the compiler reports a type that is not an
/// extractor where it is written.
pub fn parameter<C, T: Parameter<C>>(context: &mut C) -> Result<T, ErrorData> {
    T::take(context)
}

/// The return type of a tool: any type that rmcp converts into a tool result.
#[diagnostic::on_unimplemented(
    message = "a tool cannot return `{Self}`",
    label = "cannot be converted into a tool result",
    note = "return a `String`, a `Json<T>` where `T: serde::Serialize + schemars::JsonSchema`, \
            or a `Result` of such types",
    note = "for your own type, for example an error, implement `IntoContents` or `IntoCallToolResult` of `rmcp`"
)]
pub trait Answer {
    /// Converts the value into a tool result.
    fn into_result(self) -> Result<CallToolResponse, ErrorData>;
}

#[diagnostic::do_not_recommend]
impl<T: rmcp::handler::server::tool::IntoCallToolResult> Answer for T {
    fn into_result(self) -> Result<CallToolResponse, ErrorData> {
        self.into_call_tool_result()
    }
}

/// Converts the value that a tool returns. Generated code names `T`, so that the compiler reports a type that does not
/// convert where it is written.
pub fn answer<T: Answer>(answer: T) -> Result<CallToolResponse, ErrorData> {
    answer.into_result()
}

/// Converts the `Result` that a tool returns. The compiler reports the one of its two types that does not convert.
pub fn answer_or_error<T: Answer, E: Answer>(answer: Result<T, E>) -> Result<CallToolResponse, ErrorData> {
    answer.map(Answer::into_result).map_err(Answer::into_result).into_result()
}

/// The error type of a prompt or a resource.
#[diagnostic::on_unimplemented(
    message = "a prompt or a resource cannot fail with `{Self}`",
    label = "cannot be converted into an MCP error",
    note = "return `ErrorData` of `rmcp`, or implement `From<{Self}>` for it"
)]
pub trait Failure {
    /// Converts the error into an MCP error.
    fn into_error(self) -> ErrorData;
}

#[diagnostic::do_not_recommend]
impl<E: Into<ErrorData>> Failure for E {
    fn into_error(self) -> ErrorData {
        self.into()
    }
}

/// Converts the value that a prompt returns.
pub fn prompt_answer<T: PromptAnswer>(answer: T) -> Result<GetPromptResponse, ErrorData> {
    answer.into_prompt()
}

/// Converts the `Result` that a prompt returns.
pub fn prompt_answer_or_error<T: PromptAnswer, E: Failure>(
    answer: Result<T, E>,
) -> Result<GetPromptResponse, ErrorData> {
    answer.map_err(Failure::into_error)?.into_prompt()
}

/// Converts the value that a resource returns into contents with this URI and MIME type.
pub fn resource_answer<T: ResourceAnswer>(
    answer: T,
    uri: &str,
    mime_type: Option<&str>,
) -> Result<ReadResourceResponse, ErrorData> {
    answer.into_resource(uri, mime_type)
}

/// Converts the `Result` that a resource returns into contents with this URI and MIME type.
pub fn resource_answer_or_error<T: ResourceAnswer, E: Failure>(
    answer: Result<T, E>,
    uri: &str,
    mime_type: Option<&str>,
) -> Result<ReadResourceResponse, ErrorData> {
    answer.map_err(Failure::into_error)?.into_resource(uri, mime_type)
}
