//! The service that identifies the caller of a request.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, HttpBody};
use axum::extract::{OriginalUri, Request};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::future::BoxFuture;
use http::HeaderValue;
use http::header::{AUTHORIZATION, CACHE_CONTROL, VARY};
use tower::Service;

use super::certificate::ClientCertificate;
use super::config::AuthConfig;
use super::credentials::{Credentials, Scheme};
use crate::limit::{ClientAddress, ConnectionClient, Exceeded};
use crate::metrics::{Validation, ValidationTimer};
use crate::operation::Needs;
use crate::policy::{Refusal, Requirement};
use crate::record::Draft;
use crate::request::{Caller, CredentialsError, RejectedCredentials};
use crate::rule::Rule;
use crate::take_ready::take_ready;
use crate::token::{BearerToken, InvalidToken, Possession, TokenError, ValidatedToken};
use crate::validate::{DPOP, DpopVerifier, InvalidProof, Presented, Proof, ReplayError};
use crate::wire::answer::{DPOP_NONCE, RequestId};
use crate::wire::{ChallengeError, Challenger, answer, rest};

/// The service created by [`AuthLayer`](crate::layer::AuthLayer). It accepts requests with every body type.
#[derive(Clone)]
pub struct Auth<S> {
    inner: S,
    config: Arc<AuthConfig>,
}

impl<S> Auth<S> {
    pub(super) const fn new(inner: S, config: Arc<AuthConfig>) -> Self {
        Self { inner, config }
    }
}

/// The layer that authenticated the caller of a request.
#[derive(Clone)]
struct AuthenticatedBy(Arc<AuthConfig>);

/// The reason why a request is rejected.
enum Rejected {
    /// `401`.
    Credentials(Rule, CredentialsError),
    Malformed,
    TooManyProofs(Duration),
    /// `429`.
    TooMany(Exceeded),
    Unavailable(Duration),
    /// The decision cannot be recorded.
    Unrecorded,
}

impl Rejected {
    /// Returns the rule that rejects the request.
    const fn rule(&self) -> Rule {
        match self {
            Self::Credentials(rule, _) => *rule,
            Self::Malformed => Rule::AuthorizationHeader,
            Self::TooManyProofs(_) => Rule::ProofLimit,
            Self::TooMany(exceeded) => exceeded.rule(),
            Self::Unavailable(_) => Rule::IssuerUnavailable,
            Self::Unrecorded => Rule::RecordLimit,
        }
    }

    /// Returns whether the client sent credentials that are never valid. It may have to obtain a nonce or a token first.
    const fn has_invalid_credentials(&self) -> bool {
        match self {
            Self::Malformed | Self::Credentials(_, CredentialsError::InvalidToken | CredentialsError::InvalidProof) => {
                true
            }
            Self::Credentials(_, CredentialsError::Missing | CredentialsError::MissingNonce(_))
            | Self::TooManyProofs(_)
            | Self::TooMany(_)
            | Self::Unavailable(_)
            | Self::Unrecorded => false,
        }
    }

    /// Logs the rule of a rejection that has no event of its own.
    fn log(&self) {
        match self {
            // The validator has logged the token.
            Self::Credentials(_, CredentialsError::InvalidToken)
            | Self::TooManyProofs(_)
            | Self::TooMany(_)
            | Self::Unavailable(_)
            | Self::Unrecorded => {}
            Self::Credentials(rule, _) => rule.log(),
            Self::Malformed => self.rule().log(),
        }
    }
}

/// The `Retry-After` while the decision cannot be recorded.
const RECORD_RETRY: Duration = Duration::from_secs(5);

/// An access token with its DPoP proof, if any.
struct PresentedToken {
    token: BearerToken,
    proof: Option<Proof>,
}

/// The result of authentication.
struct Identified {
    /// The validated token, and the token as the client sent it.
    token: Option<(ValidatedToken, BearerToken)>,
    /// The nonce for the client's next proof. Set when the current nonce is stale.
    next_nonce: Option<HeaderValue>,
}

impl AuthConfig {
    /// Returns the challenger for the authentication scheme of these credentials.
    fn challenger(&self, credentials: &Credentials) -> Challenger {
        match credentials {
            Credentials::Token(Scheme::Dpop, _) => self.challenger.for_dpop(),
            Credentials::Token(Scheme::Bearer, _) | Credentials::Absent | Credentials::Malformed => {
                self.challenger.clone()
            }
        }
    }

    /// Returns the presented token with its verified proof. `None` for an anonymous caller, if the policy allows it.
    fn presented_token(&self, credentials: Credentials, request: &Request) -> Result<Option<PresentedToken>, Rejected> {
        let (scheme, token) = match credentials {
            Credentials::Token(scheme, token) => (scheme, token),
            Credentials::Absent if self.policy.allows_anonymous() => return Ok(None),
            Credentials::Absent => return Err(missing()),
            Credentials::Malformed => return Err(Rejected::Malformed),
        };
        let proof = match (scheme, &self.dpop) {
            (Scheme::Dpop, Some(dpop)) => Some(verify(dpop, &token, request, self.path(request))?),
            (Scheme::Dpop, None) => return Err(missing()),
            // RFC 9449 section 7.2: a DPoP proof does not make a bearer token sender-constrained.
            (Scheme::Bearer, Some(dpop)) if dpop.is_required() => {
                return Err(self.invalid_token(&token, InvalidToken::ProofRequired));
            }
            (Scheme::Bearer, _) => None,
        };
        let certificate = request.extensions().get().copied().map(ClientCertificate::thumbprint);
        let possession = Possession::new(proof.as_ref().map(Proof::key), certificate);
        Ok(Some(PresentedToken { token: token.with_possession(possession), proof }))
    }

    /// Returns the path of the request, as its client sees it below the base URL.
    fn path<'r>(&self, request: &'r Request) -> &'r str {
        let original = request.extensions().get::<OriginalUri>().filter(|_| self.is_for_routes);
        original.map_or_else(|| request.uri(), |OriginalUri(uri)| uri).path()
    }

    /// Validates the token and consumes its proof.
    async fn identify(&self, presented: Option<PresentedToken>) -> Result<Identified, Rejected> {
        let Some(PresentedToken { token: bearer, proof }) = presented else {
            return Ok(Identified { token: None, next_nonce: None });
        };
        let timer = ValidationTimer::start();
        let validated = self.validator.validate(&bearer).await;
        timer.stop(match &validated {
            Ok(_) => Validation::Valid,
            Err(TokenError::Invalid(_)) => Validation::Invalid,
            Err(TokenError::Unavailable { .. }) => Validation::Unavailable,
        });
        let token = match validated {
            Ok(token) => token,
            Err(TokenError::Unavailable { retry_after }) => return Err(Rejected::Unavailable(retry_after)),
            Err(TokenError::Invalid(reason)) => return Err(self.invalid_token(&bearer, reason)),
        };
        let next_nonce = match (&self.dpop, proof) {
            (Some(dpop), Some(proof)) => consume(dpop, &proof)?,
            (_, _) => None,
        };
        Ok(Identified { token: Some((token, bearer)), next_nonce })
    }

    /// Returns the presented token, within the limits of the client's address.
    fn presented_within_limits(
        &self,
        credentials: Credentials,
        request: &Request,
        address: Option<ClientAddress>,
    ) -> Result<Option<PresentedToken>, Rejected> {
        let is_absent = matches!(credentials, Credentials::Absent);
        let Some((limits, address)) = self.address_limits.as_ref().zip(address) else {
            return self.presented_token(credentials, request);
        };
        if is_absent {
            // An anonymous call counts for its caller.
            if !self.policy.allows_anonymous() {
                limits.count_without_token(address).map_err(Rejected::TooMany)?;
            }
            return self.presented_token(credentials, request);
        }
        let presented = self.presented_token(credentials, request);
        let Err(exceeded) = limits.check_credentials(address) else { return presented };
        match presented {
            Ok(Some(presented)) if self.validator.is_cached(&presented.token) => Ok(Some(presented)),
            _ => Err(Rejected::TooMany(exceeded)),
        }
    }

    /// Logs the reason of a `401`, which the client does not receive.
    fn invalid_token(&self, token: &BearerToken, reason: InvalidToken) -> Rejected {
        self.validator.log_rejected(token, reason);
        Rejected::Credentials(reason.rule(), CredentialsError::InvalidToken)
    }

    /// Returns the response to a rejected request.
    fn reject(&self, challenger: &Challenger, rejected: &Rejected) -> Response {
        match rejected {
            Rejected::Credentials(_, reason) => {
                let rejected = self.rejected_credentials(challenger.clone(), reason.clone());
                rejected.challenge(&RequestId::Unknown, self.policy.baseline())
            }
            Rejected::Malformed if self.is_for_routes => {
                challenger.rest(Some(ChallengeError::InvalidRequest), self.policy.baseline())
            }
            Rejected::Malformed => challenger.invalid_request(self.policy.baseline()),
            Rejected::TooManyProofs(retry_after) => {
                if self.throttle.admit(Rule::ProofLimit).is_some() {
                    tracing::warn!(
                        rule = %Rule::ProofLimit,
                        ?retry_after,
                        "too many DPoP proofs in use: raise `Dpop::max_proofs`"
                    );
                }
                self.busy(answer::too_many_proofs(*retry_after))
            }
            Rejected::TooMany(exceeded) => {
                if self.throttle.admit(exceeded.rule()).is_some() {
                    tracing::warn!(
                        rule = %exceeded.rule(),
                        "too many requests from one client address: responding with 429. If it is a proxy, set \
                         `Network::trusted_proxies`"
                    );
                }
                self.too_many(exceeded)
            }
            Rejected::Unavailable(retry_after) => {
                if self.throttle.admit(Rule::IssuerUnavailable).is_some() {
                    tracing::warn!(
                        rule = %Rule::IssuerUnavailable,
                        ?retry_after,
                        "cannot validate access tokens: the authorization server does not respond"
                    );
                }
                self.busy(answer::unavailable(*retry_after))
            }
            Rejected::Unrecorded => {
                if self.throttle.admit(Rule::RecordLimit).is_some() {
                    tracing::error!(
                        rule = %Rule::RecordLimit,
                        "decision records cannot be written: responding with 503"
                    );
                }
                let text = "The server cannot record its decisions";
                self.busy(answer::busy(RECORD_RETRY, &RequestId::Unknown, text))
            }
        }
    }

    /// Returns a `429` in the form of this layer.
    fn too_many(&self, exceeded: &Exceeded) -> Response {
        if self.is_for_routes { rest::too_many(exceeded) } else { answer::too_many(exceeded, &RequestId::Unknown) }
    }

    /// Returns a `503` in the form of this layer.
    fn busy(&self, response: Response) -> Response {
        if self.is_for_routes { rest::busy(&response) } else { response }
    }

    /// Returns the `401` for a token that became invalid during its request.
    fn token_ended(&self, challenger: &Challenger) -> Response {
        if self.is_for_routes {
            return challenger.rest(Some(ChallengeError::InvalidToken), self.policy.baseline());
        }
        challenger.invalid_token(&RequestId::Unknown, self.policy.baseline())
    }

    /// Returns the refusal of a token without the baseline scopes.
    fn baseline_refusal(&self, caller: &Caller) -> Option<Refusal> {
        // Callers without a token are here only if the policy allows them.
        let is_checked = self.checks_baseline && caller.token().is_some();
        let refusal = is_checked.then(|| caller.authorize(&Needs::new(&Requirement::Authenticated)).err()).flatten();
        refusal.inspect(|refusal| caller.in_flight().refuse(refusal.rule()))
    }

    /// Counts a request to a route. A gate counts those to MCP, because it knows their ids.
    fn exceeded(&self, caller: &Caller, client: Option<&ConnectionClient>) -> Option<Exceeded> {
        let limits = caller.limits().filter(|_| self.checks_baseline || self.is_for_routes)?;
        let exceeded = limits.count(&caller.sender(client)).err()?;
        caller.in_flight().refuse(exceeded.rule());
        Some(exceeded)
    }

    fn rejected_credentials(&self, challenger: Challenger, reason: CredentialsError) -> RejectedCredentials {
        RejectedCredentials { reason, policy: Arc::clone(&self.policy), challenger }
    }
}

const fn missing() -> Rejected {
    Rejected::Credentials(Rule::TokenMissing, CredentialsError::Missing)
}

fn verify(dpop: &DpopVerifier, token: &BearerToken, request: &Request, path: &str) -> Result<Proof, Rejected> {
    let presented = Presented { method: request.method(), path, headers: request.headers(), token: token.expose() };
    dpop.verify(presented).map_err(|reason| {
        let nonce = dpop.nonce().filter(|_| reason == InvalidProof::Nonce);
        let error = nonce.map_or(CredentialsError::InvalidProof, CredentialsError::MissingNonce);
        Rejected::Credentials(reason.rule(), error)
    })
}

/// Marks a proof as used. Returns the nonce for the next proof if the current one is stale.
fn consume(dpop: &DpopVerifier, proof: &Proof) -> Result<Option<HeaderValue>, Rejected> {
    match dpop.remember(proof) {
        Ok(()) => Ok(dpop.nonce().filter(|_| proof.nonce_is_stale())),
        Err(ReplayError::Full { retry_after }) => Err(Rejected::TooManyProofs(retry_after)),
        Err(ReplayError::Used) => Err(Rejected::Credentials(InvalidProof::Used.rule(), CredentialsError::InvalidProof)),
    }
}

impl<S, B> Service<http::Request<B>> for Auth<S>
where
    S: Service<Request> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let mut request = request.map(Body::new);
        let mut inner = take_ready(&mut self.inner);
        let config = Arc::clone(&self.config);
        Box::pin(async move {
            // Several layers of one guard on a route: the outer one has authenticated the caller.
            if request.extensions().get::<AuthenticatedBy>().is_some_and(|by| Arc::ptr_eq(&by.0, &config)) {
                return inner.call(request).await.map(IntoResponse::into_response);
            }
            let credentials = Credentials::of(request.headers(), config.dpop.is_some());
            let challenger = config.challenger(&credentials);
            // The gate of an operation finds it in the caller. A copy in the request would outlive the record.
            let draft = request.extensions_mut().remove::<Arc<Draft>>();
            let client = ConnectionClient::of(request.extensions());
            let address = client.and_then(|client| client.limited_address());
            let identified = match config.presented_within_limits(credentials, &request, address) {
                Ok(presented) => config.identify(presented).await,
                Err(rejected) => Err(rejected),
            };
            if let (Some(limits), Some(address)) = (&config.address_limits, address)
                && identified.as_ref().is_err_and(Rejected::has_invalid_credentials)
            {
                limits.count_failed(address);
            }
            let identified = match (identified, &draft) {
                (Ok(identified), Some(draft)) => {
                    let admitted = draft.admit(identified.token.as_ref().map(|(token, _)| token)).await;
                    admitted.map(|()| identified).map_err(|_| Rejected::Unrecorded)
                }
                (identified, _) => identified,
            };
            if let Err(rejected) = &identified {
                if let Some(draft) = &draft {
                    draft.refuse(rejected.rule());
                }
                if !draft.as_ref().is_some_and(|draft| draft.is_recorded()) {
                    rejected.log();
                }
            }
            let Identified { token, next_nonce } = match identified {
                Ok(identified) => identified,
                // The gate reads the body, and challenges with the scopes of the operation.
                Err(Rejected::Credentials(_, reason)) if config.is_in_front_of_gate => {
                    request.headers_mut().remove(AUTHORIZATION);
                    request.headers_mut().remove(DPOP);
                    request.extensions_mut().insert(config.rejected_credentials(challenger, reason));
                    return inner.call(request).await.map(IntoResponse::into_response);
                }
                Err(rejected) => return Ok(config.reject(&challenger, &rejected)),
            };
            let (token, registration) = match token {
                Some((token, bearer)) => (Some(token.clone()), Some(config.streams.register(token, bearer))),
                None => (None, None),
            };
            let (seal, policy) = (config.seal.clone(), Arc::clone(&config.policy));
            let caller = Caller::sealed_by(seal, token, policy, Some(challenger.clone()))
                .recorded_by(draft.as_ref())
                .limited_by(config.caller_limits.clone())
                .with_task_ender(config.task_ender.clone());
            let ended = || {
                if let Some(draft) = &draft {
                    draft.refuse(Rule::TokenEnded);
                }
                config.token_ended(&challenger)
            };
            let refused = if registration.as_ref().is_some_and(|registration| registration.has_ended()) {
                // The token was revoked after its validation.
                Some(ended())
            } else if let Some(exceeded) = config.exceeded(&caller, client.as_ref()) {
                Some(rest::too_many(&exceeded))
            } else {
                config.baseline_refusal(&caller).map(|refusal| rest::refusal(Some(&challenger), &refusal))
            };
            request.headers_mut().remove(AUTHORIZATION);
            request.headers_mut().remove(DPOP);
            request.extensions_mut().insert(caller);
            if config.is_for_routes {
                request.extensions_mut().insert(AuthenticatedBy(Arc::clone(&config)));
            }
            if let Some(registration) = &registration {
                request.extensions_mut().insert(registration.request_end());
            }
            let mut response = match (refused, registration) {
                (Some(refused), _) => refused,
                (None, Some(registration)) => tokio::select! {
                    biased;
                    response = inner.call(request) => response?.into_response().map(|body| registration.watch(body)),
                    // Dropping the request future stops its operation.
                    () = registration.ended() => ended(),
                },
                (None, None) => inner.call(request).await?.into_response(),
            };
            let headers = response.headers_mut();
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            headers.append(VARY, HeaderValue::from_static("authorization"));
            if let Some(nonce) = next_nonce {
                headers.insert(DPOP_NONCE, nonce);
            }
            Ok(response)
        })
    }
}

opaque_debug!(Auth<S>);
