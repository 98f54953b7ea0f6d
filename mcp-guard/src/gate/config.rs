//! Configuration shared by the gate layer and its services.

use std::sync::Arc;

use super::budget::BodyBudget;
use super::lookup::Lookup;
use super::session_table::SessionTable;
use crate::direct::Dispatcher;
use crate::limit::OperationLimits;

pub(super) struct GateConfig {
    pub(super) lookup: Lookup,
    pub(super) max_body: usize,
    pub(super) budget: BodyBudget,
    /// Whether the server may have sessions. Without sessions, their header is ignored.
    pub(super) has_sessions: bool,
    /// `None` if sessions are disabled, or if rmcp's session manager does not report them here.
    pub(super) sessions: Option<Arc<SessionTable>>,
    /// The counts of operations with limits.
    pub(super) operation_limits: OperationLimits,
    /// Answers the requests that need no connection. `None`: all requests are passed to rmcp's transport.
    pub(super) direct: Option<Arc<Dispatcher>>,
}

opaque_debug!(GateConfig);

/// The limits of a gate.
#[derive(Debug)]
pub(crate) struct GateLimits {
    /// The largest request body, in bytes.
    pub(crate) max_body: usize,
    /// The memory for all request bodies together, in bytes.
    pub(crate) max_total_body: usize,
    /// The memory for the bodies of unauthenticated requests, in bytes.
    pub(crate) max_unauthenticated_body: usize,
    /// Whether the server may have sessions.
    pub(crate) has_sessions: bool,
    pub(crate) sessions: Option<Arc<SessionTable>>,
}

impl GateLimits {
    /// The default of [`max_total_body`](Self::max_total_body): 64 MiB.
    pub(crate) const TOTAL_BODY: usize = 64 * 1024 * 1024;
    /// The default of [`max_unauthenticated_body`](Self::max_unauthenticated_body): 8 MiB.
    pub(crate) const UNAUTHENTICATED_BODY: usize = 8 * 1024 * 1024;
}
