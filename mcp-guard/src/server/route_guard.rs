//! Guards the routes of an application with the rules of a guarded server.

use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::{MatchedPath, Request};
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use http::Method;
use tower::{Layer, Service};

use super::client_layer::{ClientLayer, ClientService};
use crate::auth::{Auth, AuthLayer};
use crate::operation::Needs;
use crate::policy::{Refusal, Requirement};
use crate::record::{OperationKind, RecordLayer, RecordService};
use crate::request::{Caller, RejectedCredentials};
use crate::rule::Rule;
use crate::scope::{Scope, ScopeSet};
use crate::take_ready::take_ready;
use crate::wire::rest;
use crate::wire::rest::Late;

/// Guards other routes of an application with the validators, the policy and the challenges of a
/// [`ResourceServer`](crate::ResourceServer), which returns it from
/// [`route_guard`](crate::ResourceServer::route_guard). Keys, caches and the scope hierarchy are shared.
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use mcp_guard::{ResourceServer, Scope, ValidatedToken};
///
/// fn app(server: ResourceServer) -> Router {
///     let guard = server.route_guard();
///     Router::new()
///         .route("/api/todos", get(|token: ValidatedToken| async move { token.subject().to_owned() }))
///         .route_layer(guard.scope(Scope::from_static("todo:read")))
///         .merge(server.into_router())
/// }
/// ```
///
/// Several layers of one guard can be on a route: all of their requirements apply. Do not wrap the MCP endpoint in such a
/// layer: it removes the token from the request.
///
/// A request without a valid token gets `401`, one with insufficient scopes `403`. Both have the challenge of the MCP
/// endpoint, with the scopes of the route, and a JSON body with `error`, `error_description` and `scope`.
#[derive(Clone)]
#[must_use]
pub struct RouteGuard {
    client: ClientLayer,
    auth: AuthLayer,
    record: RecordLayer,
}

opaque_debug!(RouteGuard);

impl RouteGuard {
    pub(super) const fn new(client: ClientLayer, auth: AuthLayer, record: RecordLayer) -> Self {
        Self { client, auth, record }
    }

    /// Sets the public URL in front of the paths of requests, for DPoP proofs. Default: the origin of the resource URL,
    /// with the prefix that [`mount_path`](crate::ResourceServerBuilder::mount_path) omits.
    pub fn below(&self, base: &str) -> Self {
        Self { auth: self.auth.for_routes(base), ..self.clone() }
    }

    /// Returns a layer that requires this scope, in addition to the baseline.
    pub fn scope(&self, scope: impl Into<Scope>) -> RouteLayer {
        self.require(Requirement::scope(scope.into()))
    }

    /// Returns a layer that requires only the baseline.
    pub fn authenticated(&self) -> RouteLayer {
        self.require(Requirement::Authenticated)
    }

    /// Returns a layer with this requirement.
    pub fn require(&self, requirement: Requirement) -> RouteLayer {
        RouteLayer { guard: self.clone(), requirement: Arc::new(requirement), is_always_enforced: false }
    }
}

/// A layer for axum routes, created by [`RouteGuard`]. It authenticates the caller and checks the requirement.
#[derive(Clone)]
#[must_use]
pub struct RouteLayer {
    guard: RouteGuard,
    requirement: Arc<Requirement>,
    is_always_enforced: bool,
}

impl RouteLayer {
    /// Enforces the requirement also with report-only enforcement, for routes of the server itself.
    pub(super) const fn always_enforced(mut self) -> Self {
        self.is_always_enforced = true;
        self
    }
}

opaque_debug!(RouteLayer);

impl<S> Layer<S> for RouteLayer {
    type Service = ClientService<RecordService<Auth<RouteGate<S>>>>;

    fn layer(&self, inner: S) -> Self::Service {
        let RouteGuard { client, auth, record } = &self.guard;
        client.layer(record.layer(auth.layer(RouteGate {
            inner,
            requirement: Arc::clone(&self.requirement),
            is_always_enforced: self.is_always_enforced,
        })))
    }
}

/// The methods that metrics name. A client can make up others, and a route may accept them.
const METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

/// The service of a [`RouteLayer`], behind the authentication.
#[derive(Clone)]
pub struct RouteGate<S> {
    inner: S,
    requirement: Arc<Requirement>,
    is_always_enforced: bool,
}

opaque_debug!(RouteGate<S>);

impl<S> Service<Request> for RouteGate<S>
where
    S: Service<Request> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
{
    type Response = Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let mut inner = take_ready(&mut self.inner);
        let requirement = Arc::clone(&self.requirement);
        let is_always_enforced = self.is_always_enforced;
        Box::pin(async move {
            if let Some(rejected) = request.extensions().get::<RejectedCredentials>() {
                let needed = rejected.policy.needed_unauthenticated(&requirement, &ScopeSet::new());
                return Ok(rejected.rest(&needed));
            }
            let Some(caller) = request.extensions().get::<Caller>().cloned() else {
                Rule::LayerMissing.log();
                return Ok(rest::internal_error());
            };
            if let Some(draft) = caller.in_flight().draft() {
                let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
                let is_known = METHODS.contains(request.method());
                draft.operation(OperationKind::Route, format!("{} {path}", request.method()).trim_end(), is_known);
            }
            let mut authorized = caller.authorize(&Needs::new(&requirement));
            if is_always_enforced {
                authorized = authorized.and_then(|()| caller.decide(&requirement).into_result());
            }
            if let Err(refusal) = authorized {
                caller.in_flight().refuse(refusal.rule());
                return Ok(rest::refusal(caller.challenger(), &refusal));
            }
            let response = inner.call(request).await?.into_response();
            Ok(match late_refusal(&response, &caller, &requirement) {
                Some(refusal) => rest::refusal(caller.challenger(), &refusal),
                None => response,
            })
        })
    }
}

/// Returns the refusal if the handler required more scopes than the token has, and returned the error.
fn late_refusal(response: &Response, caller: &Caller, requirement: &Requirement) -> Option<Refusal> {
    response.extensions().get::<Late>()?;
    let refusal = caller.in_flight().fail()?.clone();
    Some(match refusal {
        // The challenge also names the scopes of the route.
        Refusal::InsufficientScope { needed, missing } => {
            Refusal::InsufficientScope { needed: needed.union(&caller.policy().needed(requirement)), missing }
        }
        refusal => refusal,
    })
}
