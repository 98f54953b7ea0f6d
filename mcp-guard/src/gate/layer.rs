//! Configuring the gate.

use std::sync::Arc;

use axum::extract::Request;
use tower::Layer;

use super::body;
use super::config::GateConfig;
use super::message::Message;
use super::operation::Guard;
use super::operation::Guards;
use super::service::GateService;
use super::session::SessionLimit;
use super::session::SessionSeal;
use crate::answer::Described;
use crate::answer::RequestId;
use crate::guarded::GuardedServer;
use crate::operation::Operations;
use crate::policy::Policy;

/// How much of the body of a request without a valid token is read, to find the words for its refusal.
const MAX_UNAUTHENTICATED_BODY: usize = 64 * 1024;

/// Lets only calls pass that the caller may make, and answers the others with the `403` and `401` that let a client get what it lacks.
///
/// It belongs behind an [`AuthLayer`](crate::AuthLayer), which tells it who is calling, and in front of rmcp's streamable HTTP service.
/// [`ResourceServer`](crate::ResourceServer) puts it there by itself.
#[derive(Clone, Debug)]
#[must_use]
pub struct GateLayer {
    config: Arc<GateConfig>,
}

impl GateLayer {
    /// A gate in front of the tools of `S`. Bodies over `max_body` bytes are refused: give rmcp the same limit.
    pub fn new<S: GuardedServer>(max_body: usize) -> Self {
        Self::with_session_limit(S::guarded(), max_body, None)
    }

    pub(crate) fn with_session_limit(
        operations: &'static dyn Operations,
        max_body: usize,
        session_limit: Option<SessionLimit>,
    ) -> Self {
        let guards = Guards::new(operations);
        Self { config: Arc::new(GateConfig { guards, max_body, sessions: SessionSeal::new(), session_limit }) }
    }

    /// What a request without a valid token would have needed: the scopes of its operation where they can be told, else the baseline.
    pub(crate) async fn describe(&self, policy: &Policy, request: Request) -> Described {
        let limit = MAX_UNAUTHENTICATED_BODY.min(self.config.max_body);
        let baseline = |id| Described { needed: policy.baseline().clone(), id };
        let Ok(body) = body::read(request.into_body(), limit).await else { return baseline(RequestId::Unknown) };
        let Ok(message) = Message::parse(&body) else { return baseline(RequestId::Unknown) };
        // Nobody computes scopes for a stranger who is not told of them.
        if policy.hides_requirements() {
            return baseline(message.id());
        }
        match self.config.guards.for_strangers().guard(&message, &body) {
            Guard::Requires(needs) => {
                let each =
                    needs.iter().map(|(requirement, further)| policy.needed_unauthenticated(requirement, further));
                Described { needed: policy.bounded(each), id: message.id() }
            }
            Guard::UnknownTool | Guard::NoSubject | Guard::TooMany | Guard::UnknownMethod => baseline(message.id()),
        }
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = GateService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        GateService::new(inner, Arc::clone(&self.config))
    }
}
