//! Deciding who is calling.

use std::sync::Arc;
use std::task::Context;
use std::task::Poll;
use std::time::Duration;

use axum::extract::Request;
use axum::response::IntoResponse;
use axum::response::Response;
use futures::future::BoxFuture;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use http::header::CACHE_CONTROL;
use http::header::VARY;
use tower::Service;

use super::certificate::ClientCertificate;
use super::config::AuthConfig;
use super::credentials::Credentials;
use super::credentials::Scheme;
use crate::request::Caller;
use crate::token::BearerToken;
use crate::token::Possession;
use crate::token::TokenError;
use crate::token::ValidatedToken;
use crate::validate::DPOP;
use crate::validate::DpopVerifier;
use crate::validate::InvalidProof;
use crate::validate::Presented;
use crate::validate::Proof;
use crate::validate::Unremembered;
use crate::wire::Challenger;
use crate::wire::answer;
use crate::wire::answer::DPOP_NONCE;
use crate::wire::answer::Overloaded;
use crate::wire::answer::RequestId;

/// The service that [`AuthLayer`](crate::AuthLayer) makes.
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

/// Why a request goes no further.
enum Refused {
    NoToken,
    Malformed,
    InvalidToken,
    InvalidProof,
    NoNonce(HeaderValue),
    TooManyProofs(Duration),
    Unavailable(Duration),
}

/// A token, and what its sender proved besides it.
struct Offered {
    token: BearerToken,
    proof: Option<Proof>,
}

/// Who is calling.
struct Identified {
    /// The validated token, and the token as it was sent.
    token: Option<(ValidatedToken, BearerToken)>,
    /// The nonce for the client's next proof, where the one that it knows gets old.
    next_nonce: Option<HeaderValue>,
}

impl AuthConfig {
    /// How somebody with these credentials is challenged.
    fn challenger(&self, credentials: &Credentials) -> Challenger {
        match credentials {
            Credentials::Token(Scheme::Dpop, _) => self.challenger.for_dpop(),
            Credentials::Token(Scheme::Bearer, _) | Credentials::Absent | Credentials::Malformed => {
                self.challenger.clone()
            }
        }
    }

    /// What these credentials offer with the rest of the request. `None`: nothing, and that is enough.
    fn offered(&self, credentials: Credentials, request: &Request) -> Result<Option<Offered>, Refused> {
        let (scheme, token) = match credentials {
            Credentials::Token(scheme, token) => (scheme, token),
            Credentials::Absent if self.policy.allows_anonymous() => return Ok(None),
            Credentials::Absent => return Err(Refused::NoToken),
            Credentials::Malformed => return Err(Refused::Malformed),
        };
        let proof = match (scheme, &self.dpop) {
            (Scheme::Dpop, Some(dpop)) => Some(verify(dpop, &token, request)?),
            (Scheme::Dpop, None) => return Err(Refused::NoToken),
            // RFC 9449 section 7.2: a proof beside a bearer token proves nothing that anybody asked for.
            (Scheme::Bearer, Some(dpop)) if dpop.is_required() => {
                tracing::debug!("an access token was refused: it came without a proof of possession");
                return Err(Refused::InvalidToken);
            }
            (Scheme::Bearer, _) => None,
        };
        let certificate = request.extensions().get().copied().map(ClientCertificate::thumbprint);
        let possession = Possession::new(proof.as_ref().map(Proof::key), certificate);
        Ok(Some(Offered { token: token.with_possession(possession), proof }))
    }

    /// Who offers this.
    async fn identify(&self, offered: Option<Offered>) -> Result<Identified, Refused> {
        let Some(Offered { token: bearer, proof }) = offered else {
            return Ok(Identified { token: None, next_nonce: None });
        };
        let token = match self.validator.validate(&bearer).await {
            Ok(token) => token,
            Err(TokenError::Unavailable { retry_after }) => return Err(Refused::Unavailable(retry_after)),
            Err(TokenError::Invalid(reason)) => {
                tracing::debug!(%reason, "an access token was refused");
                return Err(Refused::InvalidToken);
            }
        };
        let next_nonce = match (&self.dpop, proof) {
            (Some(dpop), Some(proof)) => use_up(dpop, &proof)?,
            (_, _) => None,
        };
        Ok(Identified { token: Some((token, bearer)), next_nonce })
    }

    /// Writes the response to a request that goes no further.
    async fn answer(&self, challenger: &Challenger, refused: Refused, request: Request) -> Response {
        self.try_answer(challenger, refused, request).await.unwrap_or_else(|Overloaded| answer::overloaded())
    }

    async fn try_answer(
        &self,
        challenger: &Challenger,
        refused: Refused,
        request: Request,
    ) -> Result<Response, Overloaded> {
        Ok(match refused {
            Refused::NoToken => {
                let described = self.describe(request).await?;
                challenger.authenticate(&described.id, &described.needed)
            }
            Refused::InvalidToken => {
                let described = self.describe(request).await?;
                challenger.invalid_token(&described.id, &described.needed)
            }
            Refused::InvalidProof => {
                let described = self.describe(request).await?;
                challenger.invalid_proof(&described.id, &described.needed)
            }
            Refused::NoNonce(nonce) => {
                let described = self.describe(request).await?;
                challenger.use_nonce(&described.id, &described.needed, nonce)
            }
            Refused::Malformed => challenger.invalid_request(self.policy.baseline()),
            Refused::TooManyProofs(retry_after) => {
                tracing::warn!("a proof of possession cannot be remembered: see `Dpop::max_proofs`");
                answer::too_many_proofs(retry_after)
            }
            Refused::Unavailable(retry_after) => {
                if self.throttle.lets_pass() {
                    tracing::warn!(
                        "access tokens cannot be validated: the authorization server gives no usable answer"
                    );
                }
                answer::unavailable(retry_after)
            }
        })
    }
}

fn verify(dpop: &DpopVerifier, token: &BearerToken, request: &Request) -> Result<Proof, Refused> {
    let presented = Presented {
        method: request.method(),
        path: request.uri().path(),
        headers: request.headers(),
        token: token.expose(),
    };
    dpop.verify(presented).map_err(|reason| {
        tracing::debug!(%reason, "a proof of possession was refused");
        match dpop.nonce().filter(|_| reason == InvalidProof::Nonce) {
            Some(nonce) => Refused::NoNonce(nonce),
            None => Refused::InvalidProof,
        }
    })
}

/// Uses a proof up, and says which nonce the next one should have if that changes.
fn use_up(dpop: &DpopVerifier, proof: &Proof) -> Result<Option<HeaderValue>, Refused> {
    match dpop.remember(proof) {
        Ok(()) => Ok(dpop.nonce().filter(|_| proof.nonce_ages())),
        Err(Unremembered::Full { retry_after }) => Err(Refused::TooManyProofs(retry_after)),
        Err(Unremembered::Used) => {
            tracing::debug!(reason = %InvalidProof::Used, "a proof of possession was refused");
            Err(Refused::InvalidProof)
        }
    }
}

impl<S> Service<Request> for Auth<S>
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

    fn call(&mut self, mut request: Request) -> Self::Future {
        // The service that was polled ready goes into the future; its clone stays behind.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let config = Arc::clone(&self.config);
        Box::pin(async move {
            let credentials = Credentials::of(request.headers(), config.dpop.is_some());
            let challenger = config.challenger(&credentials);
            let identified = match config.offered(credentials, &request) {
                Ok(offered) => config.identify(offered).await,
                Err(refused) => Err(refused),
            };
            let Identified { token, next_nonce } = match identified {
                Ok(identified) => identified,
                Err(refused) => return Ok(config.answer(&challenger, refused, request).await),
            };
            let (token, registration) = match token {
                Some((token, bearer)) => (Some(token.clone()), Some(config.streams.register(token, bearer))),
                None => (None, None),
            };
            let caller = Caller::new(token, Arc::clone(&config.policy), challenger.clone());
            request.headers_mut().remove(AUTHORIZATION);
            request.headers_mut().remove(DPOP);
            request.extensions_mut().insert(caller);
            if let Some(registration) = &registration {
                request.extensions_mut().insert(registration.request_end());
            }
            let mut response = match registration {
                Some(registration) => tokio::select! {
                    biased;
                    response = inner.call(request) => response?.into_response().map(|body| registration.watch(body)),
                    // Dropping the request stops its operation.
                    () = registration.ended() => {
                        challenger.invalid_token(&RequestId::Unknown, config.policy.baseline())
                    }
                },
                None => inner.call(request).await?.into_response(),
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

impl<S> std::fmt::Debug for Auth<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Auth")
    }
}
