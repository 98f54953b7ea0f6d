//! What the layer and its services share.

use std::sync::Arc;

use super::streams::OpenStreams;
use crate::policy::Policy;
use crate::throttle::Throttle;
use crate::validate::DpopVerifier;
use crate::validate::SharedValidator;
use crate::wire::Challenger;

#[derive(Clone)]
pub(super) struct AuthConfig {
    pub(super) validator: SharedValidator,
    pub(super) policy: Arc<Policy>,
    pub(super) challenger: Challenger,
    /// Whether a gate follows, which challenges unauthenticated requests with the scopes of their operations.
    pub(super) is_in_front_of_gate: bool,
    /// How bound tokens are taken, if they are.
    pub(super) dpop: Option<Arc<DpopVerifier>>,
    /// The requests with a token that are in progress.
    pub(super) streams: Arc<OpenStreams>,
    /// For what everybody can make the log say.
    pub(super) throttle: Arc<Throttle>,
}
