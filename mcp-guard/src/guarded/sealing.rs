//! Seals the ids and the states in the results of operations.

use std::sync::Arc;

use http::request::Parts;
use rmcp::model::{CallToolResponse, GetPromptResponse, GetTaskResult, InputRequiredResult, ReadResourceResponse};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};

use super::request_state::RequestState;
use super::{lock, task};
use crate::policy::Refusal;
use crate::request::{Caller, RequestEnd};

/// The caller of a request, kept while its operation runs, to seal the result.
pub(super) struct Sealing {
    caller: Option<Caller>,
    state: Option<Arc<RequestState>>,
    /// `None` for anonymous callers, and on transports without tokens.
    end: Option<RequestEnd>,
}

impl Sealing {
    /// Keeps the caller. `state` is `None` if the operation never asks for input.
    pub(super) fn of(context: &RequestContext<RoleServer>, state: Option<Arc<RequestState>>) -> Self {
        let parts = context.extensions.get::<Parts>();
        let end = parts.and_then(|parts| parts.extensions.get()).cloned();
        Self { caller: lock::caller(context).cloned(), state, end }
    }

    /// Seals the response of a tool.
    ///
    /// # Errors
    ///
    /// The response cannot be sealed, so the client does not receive it.
    pub(super) fn call(&self, response: CallToolResponse) -> Result<CallToolResponse, ErrorData> {
        match response {
            CallToolResponse::Task(task) => task::created(self.caller()?, self.end.as_ref(), task).map(Into::into),
            CallToolResponse::InputRequired(result) => self.questions(result).map(Into::into),
            complete => Ok(complete),
        }
    }

    /// Like [`call`](Self::call), for prompts.
    pub(super) fn prompt(&self, response: GetPromptResponse) -> Result<GetPromptResponse, ErrorData> {
        match response {
            GetPromptResponse::InputRequired(result) => self.questions(result).map(Into::into),
            complete => Ok(complete),
        }
    }

    /// Like [`call`](Self::call), for resources.
    pub(super) fn resource(&self, response: ReadResourceResponse) -> Result<ReadResourceResponse, ErrorData> {
        match response {
            ReadResourceResponse::InputRequired(result) => self.questions(result).map(Into::into),
            complete => Ok(complete),
        }
    }

    /// Like [`call`](Self::call), for the current state of a task.
    pub(super) fn task(&self, result: GetTaskResult) -> Result<GetTaskResult, ErrorData> {
        Ok(task::current(self.caller()?, result))
    }

    fn questions(&self, result: InputRequiredResult) -> Result<InputRequiredResult, ErrorData> {
        match &self.state {
            Some(state) => Ok(state.seal(result)),
            None if result.request_state.is_none() => Ok(result),
            None => Err(Refusal::ServerError.to_error()),
        }
    }

    /// Returns the caller. The lock has rejected requests without one.
    fn caller(&self) -> Result<&Caller, ErrorData> {
        self.caller.as_ref().ok_or_else(|| Refusal::NoCaller.to_error())
    }
}

#[cfg(test)]
mod tests {
    use rmcp::model::{CreateTaskResult, Task, TaskStatus};

    use super::*;

    #[test]
    fn result_that_cannot_be_sealed_is_not_sent() {
        let nothing = Sealing { caller: None, state: None, end: None };
        let task = Task::new("1", TaskStatus::Working, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
        assert!(nothing.call(CreateTaskResult::new(task).into()).is_err());
        let state = || InputRequiredResult::from_request_state("state");
        assert!(nothing.call(state().into()).is_err());
        assert!(nothing.prompt(state().into()).is_err());
        assert!(nothing.resource(state().into()).is_err());
        let questions = InputRequiredResult::from_input_requests(std::collections::BTreeMap::new());
        assert!(nothing.call(questions.into()).is_ok(), "questions without a state");
    }
}
