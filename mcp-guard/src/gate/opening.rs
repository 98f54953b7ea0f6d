//! Tells the session manager for whom a session is created: rmcp calls it without the request.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use super::session_table::Owner;

tokio::task_local! {
    static OPENING: Arc<Opening>;
}

/// A request that the gate admitted to open a session.
#[derive(Debug)]
pub(crate) struct Opening {
    owner: Owner,
    is_rejected: AtomicBool,
}

impl Opening {
    pub(crate) fn new(owner: Owner) -> Arc<Self> {
        Arc::new(Self { owner, is_rejected: AtomicBool::new(false) })
    }

    /// Runs the request.
    pub(crate) async fn scope<F: Future>(self: Arc<Self>, request: F) -> F::Output {
        OPENING.scope(self, request).await
    }

    /// The request that is running; `None` where the gate admitted none.
    pub(crate) fn current() -> Option<Arc<Self>> {
        OPENING.try_with(Arc::clone).ok()
    }

    /// The principal that the session will belong to.
    pub(crate) fn owner(&self) -> Owner {
        self.owner.clone()
    }

    /// Notes that there is no room for the session.
    pub(crate) fn reject(&self) {
        self.is_rejected.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_rejected(&self) -> bool {
        self.is_rejected.load(Ordering::Relaxed)
    }
}
