//! Configuring the gate.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use http_body_util::BodyExt as _;
use http_body_util::Limited;
use tower::Layer;

use super::message::Message;
use super::operation::Guard;
use super::operation::Operations;
use super::service::GateService;
use super::session::SessionSeal;
use crate::answer::Described;
use crate::challenge::Challenger;
use crate::policy::Policy;
use crate::tool::GuardedServer;

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

#[derive(Debug)]
pub(super) struct GateConfig {
    pub(super) operations: Operations,
    pub(super) challenger: Challenger,
    pub(super) max_body: usize,
    pub(super) sessions: SessionSeal,
}

impl GateLayer {
    /// A gate in front of the tools of `S`. Bodies over `max_body` bytes are refused: give rmcp the same limit.
    pub fn new<S: GuardedServer>(challenger: Challenger, max_body: usize) -> Self {
        let operations = Operations::new(S::guarded_tools().requirement_table());
        Self { config: Arc::new(GateConfig { operations, challenger, max_body, sessions: SessionSeal::new() }) }
    }

    /// What a request without a valid token would have needed: the scopes of its operation where they can be told, else the baseline.
    pub(crate) async fn describe(&self, policy: &Policy, request: Request) -> Described {
        let limit = MAX_UNAUTHENTICATED_BODY.min(self.config.max_body);
        let unknown = || Described { needed: policy.baseline().clone(), id: None };
        let Ok(body) = Limited::new(request.into_body(), limit).collect().await else { return unknown() };
        let body = body.to_bytes();
        let Ok(message) = Message::parse(&body) else { return unknown() };
        let id = message.id();
        match self.config.operations.guard(&message) {
            Guard::Requires(requirement) => Described { needed: policy.needed(requirement), id },
            Guard::NoSubject | Guard::UnknownMethod => Described { id, ..unknown() },
        }
    }
}

impl<S> Layer<S> for GateLayer {
    type Service = GateService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        GateService::new(inner, Arc::clone(&self.config))
    }
}

impl GateConfig {
    /// Reads a body whole, if it is no larger than allowed.
    pub(super) async fn read(&self, body: Body) -> Result<bytes::Bytes, Unreadable> {
        match Limited::new(body, self.max_body).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(Unreadable::TooLarge),
            Err(_) => Err(Unreadable::Broken),
        }
    }
}

/// Why a body cannot be read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unreadable {
    TooLarge,
    Broken,
}
