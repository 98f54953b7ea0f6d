//! The response to a request without a valid token.

use std::time::Duration;

use axum::body::HttpBody as _;
use axum::extract::Request;
use axum::response::Response;

use super::body;
use super::body::{BodyError, BodyLimits};
use super::config::GateConfig;
use super::message::Message;
use crate::policy::Policy;
use crate::request::RejectedCredentials;
use crate::scope::ScopeSet;
use crate::wire::answer;
use crate::wire::answer::RequestId;

/// The largest body that is read from a request without a valid token, in bytes. It is read to name the scopes of its
/// operation in the challenge.
pub(crate) const MAX_UNAUTHENTICATED_BODY: usize = 64 * 1024;
/// The largest body, in bytes, of a request that is challenged even when the budget is exhausted.
const SMALL_BODY: u64 = 4 * 1024;
/// The time limit for receiving the body.
const BODY_TIME: Duration = Duration::from_secs(10);

impl GateConfig {
    /// Returns the 401 for a request whose credentials were rejected. The challenge names the scopes of its operation
    /// if they are known, else the baseline.
    pub(super) async fn challenge(&self, rejected: &RejectedCredentials, request: Request) -> Response {
        let baseline = |id| rejected.challenge(&id, rejected.policy.baseline());
        let limits = BodyLimits { bytes: MAX_UNAUTHENTICATED_BODY.min(self.max_body), time: BODY_TIME };
        let length = request.body().size_hint().upper().unwrap_or(u64::MAX);
        let received = match body::read(request.into_body(), limits, self.budget.share(None)).await {
            Ok(received) => received,
            // A client without a token must learn where to get one, and its first requests are small.
            Err(error @ BodyError::NoRoom) if length > SMALL_BODY => {
                error.rule().log();
                return answer::overloaded();
            }
            Err(_) => return baseline(RequestId::Unknown),
        };
        match Message::parse(received.bytes()) {
            Ok(message) => rejected.challenge(&message.id(), &self.needed_unauthenticated(&rejected.policy, &message)),
            Err(_) => baseline(RequestId::Unknown),
        }
    }

    fn needed_unauthenticated(&self, policy: &Policy, message: &Message<'_>) -> ScopeSet {
        // No application code runs for callers that do not receive its result.
        if policy.hides_requirements() {
            return policy.baseline().clone();
        }
        match self.lookup.for_unauthenticated().needs(message) {
            Ok(needs) => policy.needed_unauthenticated_all(needs.iter()),
            Err(_) => policy.baseline().clone(),
        }
    }
}
