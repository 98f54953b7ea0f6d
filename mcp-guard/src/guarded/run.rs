//! Runs the application's code for a request.
//!
//! 1. A panic is reported as `-32603`, and logged as an error with the name of the operation. Otherwise the client and
//!    rmcp would wait forever.
//! 2. The operation is dropped when its request is cancelled: the client disconnected or cancelled it (MCP,
//!    "Cancellation"), its session or its token became invalid, or the server stops. A direct call goes on
//!    for the grace period of the server. An operation that watches [`RequestContext::ct`] is polled once more before.
//! 3. Until then the memory of its arguments is counted, and its request id is in use.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

use futures::FutureExt as _;
use http::request::Parts;
use rmcp::model::ErrorCode;
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span};

use super::lock;
use crate::operation::Operations;
use crate::panics::discard;
use crate::request::{Caller, OperationGuard, RequestEnd};
use crate::trace::RequestSpan;

/// A request whose operation runs.
pub(super) struct Run {
    operations: &'static dyn Operations,
    caller: Option<Caller>,
    cancelled: CancellationToken,
    /// `None` for anonymous callers, and on transports without tokens.
    end: Option<RequestEnd>,
    _guard: Option<OperationGuard>,
    span: Option<RequestSpan>,
}

impl Run {
    pub(super) fn new(operations: &'static dyn Operations, context: &RequestContext<RoleServer>) -> Self {
        let extensions = context.extensions.get::<Parts>().map(|parts| &parts.extensions);
        Self {
            operations,
            caller: lock::caller(context).cloned(),
            cancelled: context.ct.clone(),
            end: extensions.and_then(|extensions| extensions.get::<RequestEnd>()).cloned(),
            _guard: extensions.and_then(|extensions| extensions.get::<OperationGuard>()).cloned(),
            span: lock::span(context).cloned(),
        }
    }

    /// Runs the operation until it ends or its request is cancelled.
    ///
    /// # Errors
    ///
    /// The error of the operation, or an internal error if it panics.
    pub(super) async fn until_done<T>(
        self,
        operation: impl Future<Output = Result<T, ErrorData>>,
    ) -> Result<T, ErrorData> {
        // The token may have been revoked since its validation. The operation must then not run to its first `.await`.
        if self.end.as_ref().is_some_and(RequestEnd::has_ended) {
            return Err(self.cancelled());
        }
        let span = self.span.clone().map_or_else(Span::none, RequestSpan::into_inner);
        // The future is not polled again after a panic. Shared values may be inconsistent, as after any panic.
        let mut operation = pin!(AssertUnwindSafe(operation).catch_unwind().instrument(span));
        tokio::select! {
            biased;
            result = operation.as_mut() => {
                result.unwrap_or_else(|panic| Err(self.panicked(panic)))
            }
            // rmcp sends no response to a cancelled request.
            () = self.cancelled.cancelled() => Err(self.cancelled()),
            () = self.token_ended() => Err(self.cancelled()),
        }
    }

    fn cancelled(&self) -> ErrorData {
        if let Some(span) = &self.span {
            span.fail("cancelled");
        }
        ErrorData::internal_error("Request cancelled", None)
    }

    async fn token_ended(&self) {
        match &self.end {
            Some(end) => end.ended().await,
            None => std::future::pending().await,
        }
    }

    fn panicked(&self, panic: Box<dyn Any + Send>) -> ErrorData {
        discard(panic);
        if let Some(span) = &self.span {
            span.fail_with(ErrorCode::INTERNAL_ERROR.0);
        }
        let admitted = self.caller.as_ref().and_then(|caller| caller.in_flight().entry());
        let operation = admitted.and_then(|admitted| {
            self.operations.entries().find(|(_, entry)| std::ptr::eq(*entry, admitted)).map(|(operation, _)| operation)
        });
        match operation {
            Some(operation) => tracing::error!(%operation, "operation panicked"),
            None => tracing::error!("operation panicked before it was authorized"),
        }
        internal_error()
    }
}

/// Runs a method of `ServerHandler` that requires no authorization.
///
/// # Errors
///
/// The error of the method, or an internal error if it panics.
pub async fn catch_panic<T>(
    method: &'static str,
    run: impl Future<Output = Result<T, ErrorData>>,
) -> Result<T, ErrorData> {
    AssertUnwindSafe(run).catch_unwind().await.unwrap_or_else(|panic| {
        discard(panic);
        tracing::error!(method, "method panicked");
        Err(internal_error())
    })
}

/// Runs a method of `ServerHandler` that cannot return an error. Returns `fallback` if it panics.
pub fn catch_panic_or<T>(method: &'static str, fallback: impl FnOnce() -> T, run: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        discard(panic);
        tracing::error!(method, "method panicked");
        fallback()
    })
}

fn internal_error() -> ErrorData {
    ErrorData::internal_error("Internal server error", None)
}
