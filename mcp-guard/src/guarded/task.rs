//! Tasks belong to the principal that created them (MCP, "Tasks").
//!
//! The client knows a task by a sealed id, and the application by its own. An id that was not sealed for the caller is
//! an unknown task, like one that never existed.

use rmcp::model::{CreateTaskResult, GetTaskResult};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};

use super::lock;
use crate::request::{Caller, RequestEnd, TooManyTasks};
use crate::rule::Rule;
use crate::seal::SealedId;

/// Returns a task that an operation created for `caller`, as its client sees it. Every created task passes through here.
///
/// `end` is that of its request. The task is cancelled when the token of the caller is no longer valid.
///
/// # Errors
///
/// Too many tasks of the caller or of the server are open. The task is cancelled.
pub(super) fn created(
    caller: &Caller,
    end: Option<&RequestEnd>,
    mut result: CreateTaskResult,
) -> Result<CreateTaskResult, ErrorData> {
    result.task.task_id = caller.seal_id(SealedId::Task, &result.task.task_id);
    if let Some(end) = end {
        caller.watch_task(&result.task, end).map_err(|TooManyTasks| {
            tracing::warn!("too many tasks are open: a new task is cancelled");
            ErrorData::internal_error("Too many tasks are open: retry when one has ended", None)
        })?;
    }
    Ok(result)
}

/// Returns the current state of a task as the client of its owner sees it.
pub(super) fn current(caller: &Caller, mut result: GetTaskResult) -> GetTaskResult {
    let task = &mut result.task.task;
    task.task_id = caller.seal_id(SealedId::Task, &task.task_id);
    if task.status.is_terminal() {
        caller.forget_task(&task.task_id);
    }
    result
}

/// Returns the id that the application gave to a task of the caller. The caller must be authorized already.
///
/// # Errors
///
/// The caller has no such task.
pub(super) fn open(context: &RequestContext<RoleServer>, sealed: &str) -> Result<String, ErrorData> {
    let id = lock::caller(context).and_then(|caller| caller.open_id(SealedId::Task, sealed));
    id.map(str::to_owned).ok_or_else(|| {
        lock::reject(context, Rule::TaskUnknown);
        ErrorData::invalid_params("Task not found", None)
    })
}

impl Caller {
    /// Returns the caller of a request, in a guarded operation or a method with
    /// [`#[guarded_handler]`](macro@crate::guarded_handler).
    #[must_use]
    pub fn of(context: &RequestContext<RoleServer>) -> Option<&Self> {
        lock::caller(context)
    }
}
