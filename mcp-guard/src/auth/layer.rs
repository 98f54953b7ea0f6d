//! The configuration of the authentication layer.

use std::sync::Arc;
use std::time::Duration;

use tower::Layer;

use super::config::AuthConfig;
use super::service::Auth;
use super::streams::{OpenStreams, STREAM_CHECK_INTERVAL};
use crate::config::BuildError;
use crate::limit::{AddressLimits, CallerLimits, RateLimits};
use crate::policy::Policy;
use crate::request::TaskEnder;
use crate::revocation::Revocations;
use crate::seal::Seal;
use crate::validate::{Dpop, DpopVerifier, SharedValidator, TokenValidator};
use crate::wire::Challenger;

/// Middleware that requires a valid access token and adds the [`Caller`](crate::layer::Caller) to the request's
/// extensions.
///
/// [`ResourceServer`](crate::ResourceServer) installs this layer for MCP. Use it directly to protect other routes of an
/// application.
///
/// ```no_run
/// use axum::{Router, routing::get};
/// use mcp_guard::{Issuer, ValidatedToken};
/// use mcp_guard::layer::{AuthLayer, Challenger};
/// use mcp_guard::policy::Policy;
///
/// # async fn example() -> Result<(), mcp_guard::BuildError> {
/// let validator = Issuer::jwt("https://auth.example.com").validator("https://api.example.com").await?;
/// let challenger = Challenger::new("https://api.example.com/.well-known/oauth-protected-resource");
/// let app: Router = Router::new()
///     .route("/me", get(|token: ValidatedToken| async move { token.subject().to_owned() }))
///     .layer(AuthLayer::new(validator, Policy::default(), challenger));
/// # Ok(())
/// # }
/// ```
///
/// # Security
///
/// The layer validates the token and requires the baseline scopes of the policy. It requires no other scopes: a
/// [`RouteGuard`](crate::layer::RouteGuard) does, and so does `token.require(..)` in a handler. For MCP, call
/// [`for_mcp`](Self::for_mcp) and add a [`GateLayer`](crate::layer::GateLayer) behind this layer.
#[derive(Clone)]
#[must_use]
pub struct AuthLayer {
    config: Arc<AuthConfig>,
}

impl AuthLayer {
    /// Creates a layer that validates every token with `validator`.
    pub fn new(validator: impl TokenValidator, policy: impl Into<Arc<Policy>>, challenger: Challenger) -> Self {
        Self::build(SharedValidator::new(validator), policy.into(), challenger, false)
    }

    /// Leaves the baseline scopes to the service behind this layer: to a [`GateLayer`](crate::layer::GateLayer), whose
    /// challenge names the scopes of the operation as well.
    pub fn for_mcp(mut self) -> Self {
        Arc::make_mut(&mut self.config).checks_baseline = false;
        self
    }

    /// Rejects revoked tokens, and ends their streams and calls in progress.
    ///
    /// Sessions of rmcp remain until they are idle: only a [`ResourceServer`](crate::ResourceServer) ends them.
    pub fn revocations(mut self, revocations: Revocations) -> Self {
        let config = Arc::make_mut(&mut self.config);
        config.validator = config.validator.clone().with_revocations(Some(revocations));
        config.streams = OpenStreams::new(config.validator.clone(), config.streams.interval());
        self
    }

    /// Accepts DPoP-bound tokens, as configured by `dpop`.
    ///
    /// `base` is the part of the URL before the request path, as clients see it: scheme, host, and any path prefix that
    /// a proxy or [`nest`](axum::Router::nest) removes.
    ///
    /// ```no_run
    /// # use mcp_guard::TokenValidator;
    /// # use mcp_guard::layer::{AuthLayer, Challenger};
    /// # use mcp_guard::policy::Policy;
    /// # use mcp_guard::settings::Dpop;
    /// # fn example(validator: impl TokenValidator, challenger: Challenger) -> Result<(), mcp_guard::BuildError> {
    /// AuthLayer::new(validator, Policy::default(), challenger).dpop(Dpop::required(), "https://api.example.com")?
    /// # ;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`BuildError`] names every invalid value.
    pub fn dpop(self, dpop: Dpop, base: &str) -> Result<Self, BuildError> {
        Ok(self.with_dpop(Some(DpopVerifier::new(dpop, base)?)))
    }

    /// Accepts DPoP-bound tokens if there is a verifier.
    pub(crate) fn with_dpop(mut self, verifier: Option<DpopVerifier>) -> Self {
        if let Some(verifier) = verifier {
            let config = Arc::make_mut(&mut self.config);
            config.challenger = config.challenger.clone().with_dpop(verifier.algorithms(), verifier.is_required());
            config.dpop = Some(Arc::new(verifier));
        }
        self
    }

    /// Validates the tokens of open streams and calls in progress again after each `interval`.
    pub(crate) fn with_stream_check_interval(mut self, interval: Duration) -> Self {
        let config = Arc::make_mut(&mut self.config);
        config.streams = OpenStreams::new(config.validator.clone(), interval);
        self
    }

    /// Limits the number of requests. Default: no limits, except for those of operations.
    ///
    /// The limits of an address apply to requests with the extension
    /// [`ConnectInfo<SocketAddr>`](axum::extract::ConnectInfo), which axum adds with
    /// [`into_make_service_with_connect_info`](axum::Router::into_make_service_with_connect_info). Behind a proxy, which
    /// has one address for all clients, use [`RateLimits::none`].
    pub fn rate_limits(self, limits: &RateLimits) -> Self {
        let addresses = Arc::new(AddressLimits::new(limits));
        self.with_limits(addresses, CallerLimits::new(limits).map(Arc::new))
    }

    pub(crate) fn with_limits(mut self, addresses: Arc<AddressLimits>, callers: Option<Arc<CallerLimits>>) -> Self {
        let config = Arc::make_mut(&mut self.config);
        config.address_limits = Some(addresses);
        config.caller_limits = callers;
        self
    }

    /// Ends the tasks of a token that becomes invalid.
    pub(crate) fn ending_tasks(mut self, ender: TaskEnder) -> Self {
        Arc::make_mut(&mut self.config).task_ender = Some(ender);
        self
    }

    /// Creates a layer in front of a [`GateLayer`](crate::layer::GateLayer). The gate must be the next layer, because
    /// it responds to unauthenticated requests.
    pub(crate) fn in_front_of_gate(validator: SharedValidator, policy: Arc<Policy>, challenger: Challenger) -> Self {
        Self::build(validator, policy, challenger, true)
    }

    /// Seals the ids and states of the server with this resource URL. Default: the server is identified by the URL of its
    /// metadata, like in [`Caller::new`](crate::layer::Caller::new).
    pub(crate) fn with_resource(mut self, resource: &str) -> Self {
        Arc::make_mut(&mut self.config).seal = Seal::new(resource);
        self
    }

    /// Returns the layer for routes outside MCP, whose URLs begin with `base`. It shares the validators, their caches and
    /// the memory of used proofs.
    pub(crate) fn for_routes(&self, base: &str) -> Self {
        let mut config = AuthConfig::clone(&self.config);
        config.is_for_routes = true;
        // A verifier for another URL rejects every proof.
        config.dpop = config.dpop.map(|verifier| verifier.below(base).map_or(verifier, Arc::new));
        Self { config: Arc::new(config) }
    }

    fn build(
        validator: SharedValidator,
        policy: Arc<Policy>,
        challenger: Challenger,
        is_in_front_of_gate: bool,
    ) -> Self {
        Self {
            config: Arc::new(AuthConfig {
                streams: OpenStreams::new(validator.clone(), STREAM_CHECK_INTERVAL),
                validator,
                policy,
                seal: Seal::new(challenger.metadata()),
                challenger,
                is_in_front_of_gate,
                is_for_routes: false,
                checks_baseline: !is_in_front_of_gate,
                dpop: None,
                address_limits: None,
                caller_limits: None,
                task_ender: None,
                throttle: Arc::default(),
            }),
        }
    }
}

impl<S> Layer<S> for AuthLayer {
    type Service = Auth<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Auth::new(inner, Arc::clone(&self.config))
    }
}

impl std::fmt::Debug for AuthLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthLayer").field("policy", &self.config.policy).finish_non_exhaustive()
    }
}
