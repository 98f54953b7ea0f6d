//! Passes the owner of a new session to the session manager, which rmcp calls without the request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::session_table::Owner;
use crate::token::ValidatedToken;

tokio::task_local! {
    static OPENING: Arc<Opening>;
}

/// An admitted request that opens a session.
#[derive(Debug)]
pub(crate) struct Opening {
    token: Option<ValidatedToken>,
    is_rejected: AtomicBool,
}

impl Opening {
    pub(crate) fn new(token: Option<ValidatedToken>) -> Arc<Self> {
        Arc::new(Self { token, is_rejected: AtomicBool::new(false) })
    }

    /// Runs the request with this opening.
    pub(crate) async fn scope<F: Future>(self: Arc<Self>, request: F) -> F::Output {
        OPENING.scope(self, request).await
    }

    /// Returns the opening of the current request. `None` if the gate admitted none.
    pub(crate) fn current() -> Option<Arc<Self>> {
        OPENING.try_with(Arc::clone).ok()
    }

    /// Returns the principal that will own the session.
    pub(crate) fn owner(&self) -> Owner {
        self.token.as_ref().map(|token| token.principal().into_owned())
    }

    /// Returns the token that opens the session.
    pub(crate) const fn token(&self) -> Option<&ValidatedToken> {
        self.token.as_ref()
    }

    /// Records that the session limit is reached.
    pub(crate) fn reject(&self) {
        self.is_rejected.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_rejected(&self) -> bool {
        self.is_rejected.load(Ordering::Relaxed)
    }
}
