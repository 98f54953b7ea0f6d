//! Configuring the authentication layer.

use std::sync::Arc;
use std::time::Duration;

use tower::Layer;

use super::config::AuthConfig;
use super::config::Describe;
use super::service::Auth;
use super::streams::OpenStreams;
use super::streams::STREAM_CHECK_INTERVAL;
use crate::config::BuildError;
use crate::policy::Policy;
use crate::validate::Dpop;
use crate::validate::DpopVerifier;
use crate::validate::SharedValidator;
use crate::validate::TokenValidator;
use crate::wire::Challenger;

/// Lets only requests pass that carry a valid access token, and puts the [`Caller`](crate::Caller) into their extensions.
///
/// [`ResourceServer`](crate::ResourceServer) puts it in the right place by itself; use it directly to protect other routes of an application.
///
/// ```no_run
/// use axum::{Router, routing::get};
/// use mcp_guard::{AuthLayer, Challenger, Issuer, Policy, ValidatedToken};
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
/// The layer looks at the token and not at its scopes. The extractor [`ValidatedToken`](crate::ValidatedToken) asks for the policy's baseline; for
/// MCP put a [`GateLayer`](crate::GateLayer) behind the layer; for anything else ask the [`Caller`](crate::Caller) in your handlers.
#[derive(Clone)]
#[must_use]
pub struct AuthLayer {
    config: Arc<AuthConfig>,
}

impl AuthLayer {
    /// Asks `validator` about every token.
    pub fn new(validator: impl TokenValidator, policy: impl Into<Arc<Policy>>, challenger: Challenger) -> Self {
        Self::with_describe(SharedValidator::new(validator), policy.into(), challenger, None)
    }

    /// Takes tokens that are bound to a key, as `dpop` says. `base` is what comes before the paths of the requests that reach the layer, as clients write it: the
    /// scheme, the host and, where a proxy or [`nest`](axum::Router::nest) takes it away, the beginning of the path.
    ///
    /// ```no_run
    /// # use mcp_guard::{AuthLayer, Challenger, Dpop, Policy, TokenValidator};
    /// # fn example(validator: impl TokenValidator, challenger: Challenger) -> Result<(), mcp_guard::BuildError> {
    /// AuthLayer::new(validator, Policy::default(), challenger).dpop(Dpop::required(), "https://api.example.com")?
    /// # ;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`BuildError`] names every setting that cannot be used.
    pub fn dpop(self, dpop: Dpop, base: &str) -> Result<Self, BuildError> {
        Ok(self.with_dpop(Some(DpopVerifier::new(dpop, base)?)))
    }

    /// Takes bound tokens with this verifier, if there is one.
    pub(crate) fn with_dpop(mut self, verifier: Option<DpopVerifier>) -> Self {
        if let Some(verifier) = verifier {
            let config = Arc::make_mut(&mut self.config);
            config.challenger = config.challenger.clone().with_dpop(verifier.algorithms(), verifier.is_required());
            config.dpop = Some(Arc::new(verifier));
        }
        self
    }

    /// Validates the tokens of streams and calls in progress again after each `interval`.
    pub(crate) fn with_stream_check_interval(mut self, interval: Duration) -> Self {
        let config = Arc::make_mut(&mut self.config);
        config.streams = Arc::new(OpenStreams::new(config.validator.clone(), interval));
        self
    }

    /// Refuses in the words that `describe` finds for the operation, where it is given.
    pub(crate) fn with_describe(
        validator: SharedValidator,
        policy: Arc<Policy>,
        challenger: Challenger,
        describe: Option<Describe>,
    ) -> Self {
        Self {
            config: Arc::new(AuthConfig {
                streams: Arc::new(OpenStreams::new(validator.clone(), STREAM_CHECK_INTERVAL)),
                validator,
                policy,
                challenger,
                describe,
                dpop: None,
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
