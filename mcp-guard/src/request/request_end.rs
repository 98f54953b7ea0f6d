//! How an operation learns that its caller's token is not valid any more.

use std::fmt;

use tokio_util::sync::CancellationToken;

use crate::request::OperationGuard;

/// Ends the operation of a request, also where its response is gone: a legacy session's operation goes on when its client disconnects.
///
/// The auth layer puts it into the request's extensions.
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

    /// Returns when the operation must end.
    pub(crate) async fn ended(&self) {
        self.ended.cancelled().await;
    }
}

impl fmt::Debug for RequestEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestEnd")
    }
}
