//! The configuration of the gate.

use std::sync::Arc;

use tower::Layer;

use super::budget::{BodyBudget, BudgetSizes};
use super::config::{GateConfig, GateLimits};
use super::lookup::Lookup;
use super::service::Gate;
use super::unauthenticated::MAX_UNAUTHENTICATED_BODY;
use crate::direct::Dispatcher;
use crate::guarded::GuardedServer;
use crate::limit::OperationLimits;
use crate::operation::Operations;

/// Middleware that authorizes MCP requests. It rejects the others with the `401` or `403` challenge that lets a client
/// obtain the required scopes.
///
/// Install it behind an [`AuthLayer`](crate::layer::AuthLayer) with [`for_mcp`](crate::layer::AuthLayer::for_mcp), which
/// identifies the caller, and in front of rmcp's streamable HTTP service. [`ResourceServer`](crate::ResourceServer) does so.
///
/// # Security
///
/// Do not give an event store to rmcp's session manager. The ids of its events are not bound to a session, so a caller
/// could replay the events of another one. Without a store, `Last-Event-ID` replays the events of its own session only.
#[derive(Clone, Debug)]
#[must_use]
pub struct GateLayer {
    config: Arc<GateConfig>,
}

impl GateLayer {
    /// Creates a gate in front of the operations of `S`. Bodies over `max_body` bytes are rejected. Configure the same
    /// limit for rmcp.
    ///
    /// All bodies together may use 64 MiB, or twice `max_body` if that is larger. Those of unauthenticated callers may
    /// use 8 MiB, with the same minimum.
    pub fn new<S: GuardedServer>(max_body: usize) -> Self {
        let limits = GateLimits {
            max_body,
            max_total_body: GateLimits::TOTAL_BODY.max(max_body.saturating_mul(2)),
            max_unauthenticated_body: GateLimits::UNAUTHENTICATED_BODY.max(max_body.saturating_mul(2)),
            has_sessions: true,
            sessions: None,
        };
        Self::with_limits(S::guarded(), limits, None)
    }

    pub(crate) fn with_limits(
        operations: &'static dyn Operations,
        limits: GateLimits,
        direct: Option<Arc<Dispatcher>>,
    ) -> Self {
        let config = GateConfig {
            lookup: Lookup::new(operations),
            max_body: limits.max_body,
            budget: BodyBudget::new(BudgetSizes {
                authenticated: limits.max_total_body,
                largest: limits.max_body,
                unauthenticated: limits.max_unauthenticated_body,
                largest_unauthenticated: limits.max_body.min(MAX_UNAUTHENTICATED_BODY),
            }),
            has_sessions: limits.has_sessions,
            sessions: limits.sessions,
            operation_limits: OperationLimits::default(),
            direct,
        };
        Self { config: Arc::new(config) }
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Gate::new(inner, Arc::clone(&self.config))
    }
}
