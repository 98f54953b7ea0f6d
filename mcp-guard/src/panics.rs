//! Answers for code of the application that panics.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use axum::response::Response;
use http::StatusCode;

use crate::answer;
use crate::answer::RequestId;

/// Drops the value of a panic, which is never shown: the panic hook has printed it, and it may hold a token.
pub(crate) fn discard(panic: Box<dyn Any + Send>) {
    // The value of a panic may panic when it is dropped.
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        std::mem::forget(second);
    }
}

/// The response to a request whose handling panicked.
pub(crate) fn response(panic: Box<dyn Any + Send>) -> Response {
    discard(panic);
    tracing::error!("the handling of a request panicked");
    answer::error(StatusCode::INTERNAL_SERVER_ERROR, &RequestId::Unknown, -32603, "Internal server error")
}
