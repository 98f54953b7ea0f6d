//! The state of a request: its caller, its admitted operation, and its end.

mod caller;
mod operation_guard;
mod rejected_credentials;
mod request_end;
mod request_in_flight;
mod task_ender;

pub use caller::Caller;

pub(crate) use operation_guard::OperationGuard;
pub(crate) use rejected_credentials::{CredentialsError, RejectedCredentials};
pub(crate) use request_end::RequestEnd;
pub(crate) use request_in_flight::RequestInFlight;
pub(crate) use task_ender::{TaskEnder, TooManyTasks};
