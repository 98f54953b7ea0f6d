//! Cancels an operation whose token is no longer valid.

use tokio_util::sync::CancellationToken;

use crate::request::OperationGuard;

/// Ends the operation of a request, even without a response to watch: an operation in a legacy session continues when
/// its client disconnects.
///
/// The authentication layer adds it to the request's extensions.
#[derive(Clone)]
pub(crate) struct RequestEnd {
    ended: CancellationToken,
    /// Keeps the request registered, so that its token is validated again.
    _registration: OperationGuard,
}

impl RequestEnd {
    pub(crate) const fn new(ended: CancellationToken, registration: OperationGuard) -> Self {
        Self { ended, _registration: registration }
    }

    /// Returns whether the operation must not begin.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.is_cancelled()
    }

    /// Completes when the operation must end.
    pub(crate) async fn ended(&self) {
        self.ended.cancelled().await;
    }
}

opaque_debug!(RequestEnd);
