//! What the layer and its services share.

use std::sync::Arc;

use axum::extract::Request;
use futures::future::BoxFuture;

use super::streams::OpenStreams;
use crate::policy::Policy;
use crate::throttle::Throttle;
use crate::validate::DpopVerifier;
use crate::validate::SharedValidator;
use crate::wire::Challenger;
use crate::wire::answer::Described;
use crate::wire::answer::Overloaded;
use crate::wire::answer::RequestId;

#[derive(Clone)]
pub(super) struct AuthConfig {
    pub(super) validator: SharedValidator,
    pub(super) policy: Arc<Policy>,
    pub(super) challenger: Challenger,
    pub(super) describe: Option<Describe>,
    /// How bound tokens are taken, if they are.
    pub(super) dpop: Option<Arc<DpopVerifier>>,
    /// The requests with a token that are in progress.
    pub(super) streams: Arc<OpenStreams>,
    /// For what everybody can make the log say.
    pub(super) throttle: Arc<Throttle>,
}

/// Finds the words for the refusal of a request.
pub(crate) type Describe = Arc<dyn Fn(Request) -> BoxFuture<'static, Result<Described, Overloaded>> + Send + Sync>;

impl AuthConfig {
    pub(super) async fn describe(&self, request: Request) -> Result<Described, Overloaded> {
        match &self.describe {
            Some(describe) => describe(request).await,
            None => Ok(Described { needed: self.policy.baseline().clone(), id: RequestId::Unknown }),
        }
    }
}
