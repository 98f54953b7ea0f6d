//! What the layer and its services share.

use std::sync::Arc;

use axum::extract::Request;
use futures::future::BoxFuture;

use crate::answer::Described;
use crate::answer::RequestId;
use crate::challenge::Challenger;
use crate::policy::Policy;
use crate::throttle::Throttle;
use crate::validate::DpopVerifier;
use crate::validate::SharedValidator;

#[derive(Clone)]
pub(super) struct AuthConfig {
    pub(super) validator: SharedValidator,
    pub(super) policy: Arc<Policy>,
    pub(super) challenger: Challenger,
    pub(super) describe: Option<Describe>,
    /// How bound tokens are taken, if they are.
    pub(super) dpop: Option<Arc<DpopVerifier>>,
    /// For what everybody can make the log say.
    pub(super) throttle: Arc<Throttle>,
}

/// Finds the words for the refusal of a request.
pub(crate) type Describe = Arc<dyn Fn(Request) -> BoxFuture<'static, Described> + Send + Sync>;

impl AuthConfig {
    pub(super) async fn describe(&self, request: Request) -> Described {
        match &self.describe {
            Some(describe) => describe(request).await,
            None => Described { needed: self.policy.baseline().clone(), id: RequestId::Unknown },
        }
    }
}
