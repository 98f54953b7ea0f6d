//! Resources that a request keeps until its operation ends.

use std::any::Any;
use std::sync::Arc;

/// A guard that lives until the operation of a request ends, even if its client disconnects. Until then the memory of
/// the arguments is counted and the request id is in use.
///
/// The gate adds it to the request's extensions, with its type erased.
#[derive(Clone)]
pub(crate) struct OperationGuard(#[expect(dead_code, reason = "kept for its `Drop`")] Arc<dyn Any + Send + Sync>);

impl OperationGuard {
    pub(crate) fn new(resources: Arc<impl Any + Send + Sync>) -> Self {
        Self(resources)
    }
}

opaque_debug!(OperationGuard);
