//! Configuration shared by the authentication layer and its services.

use std::sync::Arc;

use super::streams::OpenStreams;
use crate::limit::{AddressLimits, CallerLimits};
use crate::policy::Policy;
use crate::request::TaskEnder;
use crate::rule::Rule;
use crate::seal::Seal;
use crate::throttle::KeyedThrottle;
use crate::validate::{DpopVerifier, SharedValidator};
use crate::wire::Challenger;

#[derive(Clone)]
pub(super) struct AuthConfig {
    pub(super) validator: SharedValidator,
    pub(super) policy: Arc<Policy>,
    pub(super) challenger: Challenger,
    /// Seals what outlives a request for its caller.
    pub(super) seal: Seal,
    /// Whether a gate follows. The gate challenges unauthenticated requests with the scopes of their operations.
    pub(super) is_in_front_of_gate: bool,
    /// Whether the layer guards routes outside MCP: rejections then have the form for REST clients, and the path of a
    /// request is the one before axum nested it.
    pub(super) is_for_routes: bool,
    /// Whether a token must have the baseline scopes. What follows decides on the scopes otherwise.
    pub(super) checks_baseline: bool,
    /// The verifier of DPoP proofs. `None` if DPoP-bound tokens are not accepted.
    pub(super) dpop: Option<Arc<DpopVerifier>>,
    pub(super) address_limits: Option<Arc<AddressLimits>>,
    pub(super) caller_limits: Option<Arc<CallerLimits>>,
    /// Ends the tasks of a caller.
    pub(super) task_ender: Option<TaskEnder>,
    /// The authenticated requests in progress.
    pub(super) streams: Arc<OpenStreams>,
    /// Limits log messages that unauthenticated clients can trigger.
    pub(super) throttle: Arc<KeyedThrottle<Rule>>,
}
