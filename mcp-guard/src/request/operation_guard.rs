//! The resources that a request holds until its operation ended.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// Is kept until the operation of a request ended, also where its client disconnected: the memory of its arguments counts, and its request id is in use.
///
/// The gate puts it into the request's extensions, and does not say what is in it.
#[derive(Clone)]
pub(crate) struct OperationGuard(#[expect(dead_code, reason = "it is held to be dropped")] Arc<dyn Any + Send + Sync>);

impl OperationGuard {
    pub(crate) fn new(resources: impl Any + Send + Sync) -> Self {
        Self(Arc::new(resources))
    }
}

impl fmt::Debug for OperationGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperationGuard")
    }
}
