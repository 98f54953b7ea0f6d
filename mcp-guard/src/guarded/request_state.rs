//! The `requestState` of operations with several rounds (MCP, "Multi Round-Trip Requests").
//!
//! The client keeps the state between the rounds, so it is sealed for the caller, the operation and its arguments, and
//! it expires. A state that cannot be opened is rejected with one text for all causes, after the caller is authorized
//! and before the operation runs.

use rmcp::model::InputRequiredResult;
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};

use super::lock;
use crate::request::Caller;
use crate::rule::Rule;
use crate::seal::{StateBinding, StateOf};

/// The caller and the request that a state belongs to.
pub(super) struct RequestState {
    caller: Caller,
    binding: StateBinding,
}

impl RequestState {
    /// Returns `None` for a request without a caller, which the lock rejects.
    pub(super) fn of(context: &RequestContext<RoleServer>, request: StateOf<'_>) -> Option<Self> {
        let caller = lock::caller(context)?.clone();
        Some(Self { binding: caller.state_binding(request), caller })
    }

    /// Returns the state of the operation, if it was sealed for this caller and this request.
    pub(super) fn open(&self, sealed: &str) -> Option<String> {
        self.caller.seal().open_state(sealed, &self.binding)
    }

    /// Returns the questions of an operation with its state sealed.
    pub(super) fn seal(&self, mut result: InputRequiredResult) -> InputRequiredResult {
        result.request_state = result.request_state.map(|state| self.caller.seal().seal_state(&state, &self.binding));
        result
    }
}

/// Records that the state of a request cannot be opened, and returns the error for the client.
pub(super) fn rejected(context: &RequestContext<RoleServer>) -> ErrorData {
    lock::reject(context, Rule::RequestState);
    ErrorData::invalid_params("The requestState is invalid or has expired: repeat the request without it", None)
}
