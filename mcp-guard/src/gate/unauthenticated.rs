//! The response to a request without a valid token.

use std::time::Duration;

use axum::body::HttpBody as _;
use axum::extract::Request;
use axum::response::Response;

use super::body;
use super::body::BodyLimits;
use super::body::Unreadable;
use super::config::GateConfig;
use super::message::Message;
use crate::policy::Policy;
use crate::request::RejectedCredentials;
use crate::scope::ScopeSet;
use crate::wire::answer;
use crate::wire::answer::RequestId;

/// The largest body that is read of a request without a valid token, in bytes. The challenge names the scopes of its operation.
pub(crate) const MAX_UNAUTHENTICATED_BODY: usize = 64 * 1024;
/// The largest body, in bytes, without which the request is answered when there is no memory for it.
const SMALL_BODY: u64 = 4 * 1024;
/// The time that the client has to send the body.
const BODY_TIME: Duration = Duration::from_secs(10);

impl GateConfig {
    /// Returns the 401 for a request whose credentials were rejected, with the scopes of its operation where they are known, else with the baseline.
    pub(super) async fn challenge(&self, rejected: &RejectedCredentials, request: Request) -> Response {
        let baseline = |id| rejected.challenge(&id, rejected.policy.baseline());
        let limits = BodyLimits { bytes: MAX_UNAUTHENTICATED_BODY.min(self.max_body), time: BODY_TIME };
        let length = request.body().size_hint().upper().unwrap_or(u64::MAX);
        let received = match body::read(request.into_body(), limits, self.budget.share(None)).await {
            Ok(received) => received,
            // A client without a token must learn where to get one, and its usual requests are small.
            Err(Unreadable::NoRoom) if length > SMALL_BODY => return answer::overloaded(),
            Err(_) => return baseline(RequestId::Unknown),
        };
        match Message::parse(received.bytes()) {
            Ok(message) => rejected.challenge(&message.id(), &self.needed_unauthenticated(&rejected.policy, &message)),
            Err(_) => baseline(RequestId::Unknown),
        }
    }

    fn needed_unauthenticated(&self, policy: &Policy, message: &Message<'_>) -> ScopeSet {
        // The application computes no scopes for callers that do not learn them.
        if policy.hides_requirements() {
            return policy.baseline().clone();
        }
        match self.lookup.for_unauthenticated().needs(message) {
            Ok(needs) => policy.needed_unauthenticated_all(needs.iter()),
            Err(_) => policy.baseline().clone(),
        }
    }
}
