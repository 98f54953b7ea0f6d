//! Configuring the gate.

use std::sync::Arc;
use std::time::Duration;

use axum::body::HttpBody as _;
use axum::extract::Request;
use tower::Layer;

use super::body;
use super::body::BodyLimits;
use super::body::Unreadable;
use super::budget::BodyBudget;
use super::budget::BudgetSizes;
use super::config::GateConfig;
use super::config::GateLimits;
use super::message::Message;
use super::operation::Guard;
use super::operation::Guards;
use super::service::Gate;
use super::session::SessionSeal;
use crate::guarded::GuardedServer;
use crate::operation::Operations;
use crate::policy::Policy;
use crate::wire::answer::Described;
use crate::wire::answer::Overloaded;
use crate::wire::answer::RequestId;

/// The largest body of a request without a valid token that is read, in bytes. It is read to name the scopes of its operation in the challenge.
pub(crate) const MAX_UNAUTHENTICATED_BODY: usize = 64 * 1024;
/// The largest body without which such a request is answered when there is no memory for it, in bytes.
const SMALL_BODY: u64 = 4 * 1024;
/// How long such a client may take to send it.
const UNAUTHENTICATED_BODY_TIME: Duration = Duration::from_secs(10);

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
    ///
    /// All bodies together may take 64 MiB, or twice `max_body` if that is larger; those of anonymous callers 8 MiB of it, or as much.
    pub fn new<S: GuardedServer>(max_body: usize) -> Self {
        let limits = GateLimits {
            max_body,
            max_total_body: GateLimits::TOTAL_BODY.max(max_body.saturating_mul(2)),
            max_unauthenticated_body: GateLimits::UNAUTHENTICATED_BODY.max(max_body.saturating_mul(2)),
            sessions: None,
        };
        Self::with_limits(S::guarded(), limits)
    }

    pub(crate) fn with_limits(operations: &'static dyn Operations, limits: GateLimits) -> Self {
        let config = GateConfig {
            guards: Guards::new(operations),
            max_body: limits.max_body,
            budget: BodyBudget::new(BudgetSizes {
                authenticated: limits.max_total_body,
                largest: limits.max_body,
                unauthenticated: limits.max_unauthenticated_body,
                largest_unauthenticated: limits.max_body.min(MAX_UNAUTHENTICATED_BODY),
            }),
            seal: SessionSeal::new(),
            sessions: limits.sessions,
        };
        Self { config: Arc::new(config) }
    }

    /// Returns what a request without a valid token would have needed: the scopes of its operation where they are known, else the baseline.
    ///
    /// # Errors
    ///
    /// [`Overloaded`] when there is no room for its body.
    pub(crate) async fn describe(&self, policy: &Policy, request: Request) -> Result<Described, Overloaded> {
        let limits =
            BodyLimits { bytes: MAX_UNAUTHENTICATED_BODY.min(self.config.max_body), time: UNAUTHENTICATED_BODY_TIME };
        let baseline = |id| Described { needed: policy.baseline().clone(), id };
        let share = self.config.budget.share(None);
        let length = request.body().size_hint().upper().unwrap_or(u64::MAX);
        let received = match body::read(request.into_body(), limits, share).await {
            Ok(received) => received,
            // A client without a token must learn where to get one, and its usual requests are small.
            Err(Unreadable::NoRoom) if length <= SMALL_BODY => return Ok(baseline(RequestId::Unknown)),
            Err(Unreadable::NoRoom) => return Err(Overloaded),
            Err(Unreadable::TooLarge | Unreadable::TooSlow | Unreadable::Broken | Unreadable::TooComplex) => {
                return Ok(baseline(RequestId::Unknown));
            }
        };
        let Ok(message) = Message::parse(received.bytes()) else { return Ok(baseline(RequestId::Unknown)) };
        // The application computes no scopes for unauthenticated callers that are not told of them.
        if policy.hides_requirements() {
            return Ok(baseline(message.id()));
        }
        Ok(match self.config.guards.for_strangers().guard(&message, received.bytes()) {
            Guard::Requires(needs) => {
                let each =
                    needs.iter().map(|(requirement, further)| policy.needed_unauthenticated(requirement, further));
                Described { needed: policy.bounded(each), id: message.id() }
            }
            Guard::UnknownTool | Guard::NoSubject | Guard::TooMany | Guard::UnknownMethod => baseline(message.id()),
        })
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = Gate<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Gate::new(inner, Arc::clone(&self.config))
    }
}
