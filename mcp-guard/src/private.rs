//! What the macros' expansions name. Not part of the public interface: anything here may change in any release.

pub use rmcp;
use rmcp::ErrorData;
use rmcp::handler::server::common::FromContextPart;
use rmcp::model::CallToolResponse;
use rmcp::model::GetPromptResponse;
use rmcp::model::ReadResourceResponse;
use rmcp::schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::guarded::no_such_resource;
use crate::scope::InvalidScope;

pub use crate::gate::peek;
pub use crate::guarded::About;
pub use crate::guarded::Admitted;
pub use crate::guarded::Guarded;
pub use crate::guarded::GuardedHandler;
pub use crate::guarded::GuardedPrompt;
pub use crate::guarded::GuardedPrompts;
pub use crate::guarded::GuardedResource;
pub use crate::guarded::GuardedResources;
pub use crate::guarded::GuardedServer;
pub use crate::guarded::GuardedTool;
pub use crate::guarded::GuardedTools;
pub use crate::guarded::Optional;
pub use crate::guarded::PromptAnswer;
pub use crate::guarded::ResourceAnswer;
pub use crate::guarded::ResourceContext;
pub use crate::guarded::ToolFunction;
pub use crate::guarded::Variable;
pub use crate::guarded::admit_method;
pub use crate::guarded::built_once;
pub use crate::guarded::call_tool;
pub use crate::guarded::catch_panic;
pub use crate::guarded::catch_panic_or;
pub use crate::guarded::discover;
pub use crate::guarded::extract;
pub use crate::guarded::extract_optional_token;
pub use crate::guarded::get_prompt;
pub use crate::guarded::get_tool;
pub use crate::guarded::list_prompts;
pub use crate::guarded::list_resource_templates;
pub use crate::guarded::list_resources;
pub use crate::guarded::list_tools;
pub use crate::guarded::optional_variable;
pub use crate::guarded::read_resource;
pub use crate::guarded::server_info;
pub use crate::guarded::variable;
pub use crate::operation::ScopesFor;
pub use crate::policy::Requirement;
pub use crate::scope::KnownScopes;
pub use crate::scope::Scope;
pub use crate::scope::ScopeSet;
pub use crate::scope::Scopes;

/// The input schema of `Parameters<T>`. MCP requires that of a JSON object; where `T` is something else, the server is not built.
#[must_use]
pub fn input_schema<T: JsonSchema + 'static>(_tool: &str) -> std::sync::Arc<rmcp::model::JsonObject> {
    let invalid = |error: String| [(crate::operation::INVALID_SCHEMA.to_owned(), error.into())].into_iter().collect();
    rmcp::handler::server::common::schema_for_input::<T>()
        .unwrap_or_else(|error| std::sync::Arc::new(invalid(error.to_string())))
}

/// The arguments of a prompt, as the schema of `Parameters<T>` describes them.
#[must_use]
pub fn prompt_arguments<T: JsonSchema + 'static>() -> Option<Vec<rmcp::model::PromptArgument>> {
    rmcp::handler::server::prompt::cached_arguments_from_schema::<T>()
}

/// A parameter that holds the arguments of a call: which type they are judged as follows from the type that the function takes, however that is written.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not hold the arguments of a call",
    label = "`scopes_for` cannot look at it",
    note = "the arguments of a call are taken as `Parameters<T>`"
)]
pub trait ArgumentsOf {
    /// The arguments.
    type Arguments: DeserializeOwned;
}

impl<T: DeserializeOwned> ArgumentsOf for rmcp::handler::server::wrapper::Parameters<T> {
    type Arguments = T;
}

impl ArgumentsOf for rmcp::model::JsonObject {
    type Arguments = Self;
}

/// Further scopes that a function computes from the arguments of a call. Arguments that are no `T` are what `Parameters<T>` refuses, in the same words.
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

/// What a function that computes scopes answers: everything that converts into a set of them, with a message for what does not.
#[diagnostic::on_unimplemented(
    message = "`scopes_for` cannot answer with `{Self}`",
    label = "does not convert into scopes",
    note = "answer with a `Scope`, an `Option` of one, or a `ScopeSet`: a text becomes a scope with `Scope::new(..)`, whose `Result` is an answer, too"
)]
pub trait Computed {
    /// Converts it.
    fn into_scopes(self) -> Result<ScopeSet, InvalidScope>;
}

#[diagnostic::do_not_recommend]
impl<T: Into<ScopeSet>> Computed for T {
    fn into_scopes(self) -> Result<ScopeSet, InvalidScope> {
        Ok(self.into())
    }
}

/// A scope that cannot be spelled is one that nobody holds: nothing runs.
#[diagnostic::do_not_recommend]
impl<T: Into<ScopeSet>> Computed for Result<T, InvalidScope> {
    fn into_scopes(self) -> Result<ScopeSet, InvalidScope> {
        self.map(Into::into)
    }
}

/// Converts what such a function answers for the variables of a URI template. Where there is no such scope there is no such resource.
pub fn computed<T: Computed>(answer: T) -> Result<ScopeSet, ErrorData> {
    answer.into_scopes().map_err(|_| no_such_resource())
}

/// The resources that a subscription is about.
#[must_use]
pub fn subscribed(context: &rmcp::service::SubscriptionContext) -> &[String] {
    context.requested().resource_subscriptions.as_deref().unwrap_or_default()
}

/// A parameter that nobody needs to look into: every extractor of rmcp's and ours, with a message for what is none.
#[diagnostic::on_unimplemented(
    message = "a guarded function cannot take `{Self}` as a parameter",
    label = "not an extractor",
    note = "the arguments of a call are taken together, as `Parameters<T>`, and the variables of a URI template by their names",
    note = "the token is taken as `ValidatedToken`, its claims as `Claims<T>`, and `Option<ValidatedToken>` where an operation is `public`"
)]
pub trait Parameter<C>: Sized {
    /// Takes it out of the request.
    fn take(context: &mut C) -> Result<Self, ErrorData>;
}

#[diagnostic::do_not_recommend]
impl<C, T: FromContextPart<C>> Parameter<C> for T {
    fn take(context: &mut C) -> Result<Self, ErrorData> {
        T::from_context_part(context)
    }
}

/// Takes a parameter out of the request. Generated code names `T`, so that a type which is no extractor is reported where it is written.
pub fn parameter<C, T: Parameter<C>>(context: &mut C) -> Result<T, ErrorData> {
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
    fn into_result(self) -> Result<CallToolResponse, ErrorData>;
}

#[diagnostic::do_not_recommend]
impl<T: rmcp::handler::server::tool::IntoCallToolResult> Answer for T {
    fn into_result(self) -> Result<CallToolResponse, ErrorData> {
        self.into_call_tool_result()
    }
}

/// Converts what a tool answers. Generated code names `T`, so that a type which does not convert is reported where it is written.
pub fn answer<T: Answer>(answer: T) -> Result<CallToolResponse, ErrorData> {
    answer.into_result()
}

/// The same for a `Result`, so that the one of its two types is reported which does not convert.
pub fn answer_or_error<T: Answer, E: Answer>(answer: Result<T, E>) -> Result<CallToolResponse, ErrorData> {
    answer.map(Answer::into_result).map_err(Answer::into_result).into_result()
}

/// What a prompt or a resource fails with.
#[diagnostic::on_unimplemented(
    message = "a prompt or a resource cannot fail with `{Self}`",
    label = "does not convert into an error of MCP",
    note = "fail with `ErrorData` of `rmcp`, or implement `From<{Self}>` for it"
)]
pub trait Failure {
    /// Converts it.
    fn into_error(self) -> ErrorData;
}

#[diagnostic::do_not_recommend]
impl<E: Into<ErrorData>> Failure for E {
    fn into_error(self) -> ErrorData {
        self.into()
    }
}

/// Converts what a prompt answers.
pub fn prompt_answer<T: PromptAnswer>(answer: T) -> Result<GetPromptResponse, ErrorData> {
    answer.into_prompt()
}

/// The same for a `Result`.
pub fn prompt_answer_or_error<T: PromptAnswer, E: Failure>(
    answer: Result<T, E>,
) -> Result<GetPromptResponse, ErrorData> {
    answer.map_err(Failure::into_error)?.into_prompt()
}

/// Converts what a resource answers, for this URI and type of content.
pub fn resource_answer<T: ResourceAnswer>(
    answer: T,
    uri: &str,
    mime_type: Option<&str>,
) -> Result<ReadResourceResponse, ErrorData> {
    answer.into_resource(uri, mime_type)
}

/// The same for a `Result`.
pub fn resource_answer_or_error<T: ResourceAnswer, E: Failure>(
    answer: Result<T, E>,
    uri: &str,
    mime_type: Option<&str>,
) -> Result<ReadResourceResponse, ErrorData> {
    answer.map_err(Failure::into_error)?.into_resource(uri, mime_type)
}
