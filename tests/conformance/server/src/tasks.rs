//! Tools that run as tasks (SEP-2663), and the tasks of every caller.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use mcp_guard::prelude::*;
use mcp_guard::{ClientInput, guarded_tool};
use rmcp::model::{CallToolResponse, CallToolResult, ClientCapabilities, ContentBlock, CreateTaskResult, InputRequest};
use rmcp::service::RequestContext;
use rmcp::task_manager::{TaskContext, TaskExit, TaskManager, TaskOptions};
use rmcp::{ErrorData, RoleServer};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::multi_round;
use crate::scopes::ConformanceScope;
use crate::server::Conformance;

/// The tasks of all callers. A task is unknown to other callers: its ID is not a credential.
#[derive(Default)]
pub(crate) struct Tasks(Mutex<BTreeMap<String, TaskManager>>);

impl Tasks {
    /// Returns the tasks of a caller.
    pub(crate) fn of(&self, token: &ValidatedToken) -> TaskManager {
        // Encoded as JSON, so that different callers never have the same key.
        let owner = json!([token.issuer(), token.subject(), token.client_id()]).to_string();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(owner).or_default().clone()
    }

    fn start<F>(&self, token: &ValidatedToken, work: impl FnOnce(TaskContext) -> F) -> CallToolResponse
    where
        F: Future<Output = Result<CallToolResult, TaskExit>> + Send + 'static,
    {
        let task = self.of(token).spawn(TaskOptions::new(), |context| Box::pin(work(context)));
        CreateTaskResult::new(task).into()
    }
}

fn knows_tasks(context: &RequestContext<RoleServer>) -> bool {
    context.client_capabilities().is_some_and(|capabilities| capabilities.supports_tasks())
}

/// Requires a client that supports tasks.
fn need_tasks(context: &RequestContext<RoleServer>) -> Result<(), ErrorData> {
    if knows_tasks(context) {
        return Ok(());
    }
    Err(ErrorData::missing_required_client_capability(ClientCapabilities::builder().enable_tasks().build()))
}

fn done(text: String) -> CallToolResult {
    CallToolResult::success(vec![ContentBlock::text(text)])
}

/// The arguments of `greet`.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Greeting {
    name: String,
}

/// Greets immediately.
#[guarded_tool(scope = ConformanceScope::CallTools, read_only)]
pub(crate) async fn greet(Parameters(Greeting { name }): Parameters<Greeting>) -> String {
    format!("Hello, {name}!")
}

/// The arguments of `slow_compute`.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Computation {
    seconds: u64,
    label: Option<String>,
}

/// Computes for some seconds, in a task if the client supports tasks.
#[guarded_tool(scope = ConformanceScope::CallTools)]
pub(crate) async fn slow_compute(
    server: &Conformance,
    Parameters(Computation { seconds, label }): Parameters<Computation>,
    context: RequestContext<RoleServer>,
    token: ValidatedToken,
) -> CallToolResponse {
    let duration = Duration::from_secs(seconds);
    let answer = done(format!("Computed {} for {seconds} seconds", label.as_deref().unwrap_or("nothing")));
    if !knows_tasks(&context) {
        sleep(duration).await;
        return answer.into();
    }
    server.tasks().start(&token, |task| async move {
        tokio::select! {
            () = sleep(duration) => Ok(answer),
            () = task.cancelled() => Err(TaskExit::Cancelled),
        }
    })
}

/// Fails, in a task.
#[guarded_tool(scope = ConformanceScope::CallTools)]
pub(crate) async fn failing_job(
    server: &Conformance,
    context: RequestContext<RoleServer>,
    token: ValidatedToken,
) -> Result<CallToolResponse, ErrorData> {
    need_tasks(&context)?;
    Ok(server.tasks().start(&token, |_| async {
        sleep(Duration::from_secs(1)).await;
        Ok(CallToolResult::error(vec![ContentBlock::text("This job always fails")]))
    }))
}

/// Returns a protocol error, in a task.
#[guarded_tool(scope = ConformanceScope::CallTools)]
pub(crate) async fn protocol_error_job(
    server: &Conformance,
    context: RequestContext<RoleServer>,
    token: ValidatedToken,
) -> Result<CallToolResponse, ErrorData> {
    need_tasks(&context)?;
    Ok(server
        .tasks()
        .start(&token, |_| async { Err(ErrorData::internal_error("This job always breaks", None).into()) }))
}

/// The arguments of `confirm_delete`.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Deletion {
    filename: String,
}

/// Asks before it deletes, in a task. Deletes nothing.
#[guarded_tool(scope = ConformanceScope::CallTools)]
pub(crate) async fn confirm_delete(
    server: &Conformance,
    Parameters(Deletion { filename }): Parameters<Deletion>,
    context: RequestContext<RoleServer>,
    token: ValidatedToken,
) -> Result<CallToolResponse, ErrorData> {
    need_tasks(&context)?;
    let asked = question(multi_round::elicitation(&format!("Delete {filename}?"), "confirm", "boolean"))?;
    Ok(server.tasks().start(&token, |task| async move {
        let answer = task.request_input("confirm", asked).await?;
        let confirmed = answer["action"] == "accept" && answer["content"]["confirm"] == true;
        Ok(done(format!("{filename} is {}", if confirmed { "deleted" } else { "still there" })))
    }))
}

/// Asks two questions at once, in a task.
#[guarded_tool(scope = ConformanceScope::CallTools)]
pub(crate) async fn multi_input(
    server: &Conformance,
    context: RequestContext<RoleServer>,
    token: ValidatedToken,
) -> Result<CallToolResponse, ErrorData> {
    need_tasks(&context)?;
    let name = question(multi_round::elicitation("What is your name?", "name", "string"))?;
    let confirm = question(multi_round::elicitation("Are you sure?", "confirm", "boolean"))?;
    Ok(server.tasks().start(&token, |task| async move {
        let (name, sure) = tokio::try_join!(task.request_input("name", name), task.request_input("confirm", confirm))?;
        Ok(done(format!("Answered {name} and {sure}")))
    }))
}

/// Asks for a name, and greets in a task.
#[guarded_tool(scope = ConformanceScope::CallTools)]
pub(crate) async fn test_tool_with_task(
    server: &Conformance,
    input: ClientInput,
    context: RequestContext<RoleServer>,
    token: ValidatedToken,
) -> Result<CallToolResponse, ErrorData> {
    need_tasks(&context)?;
    let Some(name) = multi_round::accepted(&input, "user_name").and_then(|content| content["name"].as_str()) else {
        return multi_round::ask(
            [("user_name", multi_round::elicitation("What is your name?", "name", "string"))],
            None,
        );
    };
    let answer = done(format!("Hello, {name}!"));
    Ok(server.tasks().start(&token, |_| async { Ok(answer) }))
}

fn question(question: Value) -> Result<InputRequest, ErrorData> {
    serde_json::from_value(question)
        .map_err(|error| ErrorData::internal_error(format!("invalid question: {error}"), None))
}

#[cfg(test)]
mod tests {
    use mcp_guard::token::TokenParts;

    use super::*;

    #[tokio::test]
    async fn task_of_another_caller_is_unknown() {
        let tasks = Tasks::default();
        let token =
            |subject: &str| ValidatedToken::new(TokenParts { subject: subject.into(), ..TokenParts::default() });
        let CallToolResponse::Task(started) = tasks.start(&token("alice"), |_| async { Ok(done("done".into())) })
        else {
            panic!("no task was started");
        };
        let id = started.task.task_id;
        assert!(tasks.of(&token("alice")).get_task(&id).is_ok());
        assert!(tasks.of(&token("bob")).get_task(&id).is_err());
    }
}
