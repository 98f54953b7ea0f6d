//! Opaque access tokens: whoever issued them is asked (RFC 7662).
//!
//! In order, and each with a test of its own:
//!
//! 1. No longer than the size cap. One hash finds the token in the caches, of which one is for answers that were bad. (J14, `cache`, `refused`)
//! 2. One call for all requests that wait for the same token; a bounded number of calls at once, and of tokens that wait. (`flights`)
//! 3. POST over TLS, with credentials of this server. (J12, `authentication`, `assertion`)
//! 4. Only `200` with a JSON object and a boolean `active` is an answer. Whatever else comes is the authorization server's trouble or this server's,
//!    and never the client's: `503`. (U11, `call`)
//! 5. What it says holds: `cnf`, `iss`, `aud`, times, type, subject, scopes. (J13, J15, `rules`)
//!
//! Two providers have other endpoints for the same question (`google`, `github`): what differs is how the question is put and how the answer is read.

mod assertion;
mod authentication;
mod call;
mod flights;
mod github;
mod google;
mod introspection_settings;
mod question;
mod refused;
mod rfc7662;
mod rules;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use serde_json::{Map, Value};

pub use authentication::{ClientAuthentication, PrivateKeyJwt};
pub(crate) use call::CallSource;
pub(crate) use github::GitHub;
pub(crate) use google::Google;
pub(crate) use introspection_settings::{CallLimits, Endpoint, IntrospectionSettings, endpoint_url};
pub(crate) use rfc7662::Rfc7662;
pub(crate) use rules::AnswerRules;

use self::call::Call;
use self::flights::Flights;
use self::question::Verdict;
use self::refused::RefusedTokens;
use super::cache::{Slot, TokenCache, TokenCacheHandle, hash};
use super::jwt::header::Jws;
use super::jwt::now;
use super::{Readiness, TokenValidator};
use crate::throttle::Throttle;
use crate::token::{BearerToken, InvalidToken, TokenError, ValidatedToken};

/// When to try again, where the authorization server does not say.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Validates opaque access tokens by calls to the authorization server (RFC 7662).
#[derive(Debug)]
pub(crate) struct IntrospectionValidator {
    max_length: usize,
    rules: AnswerRules,
    call: Arc<Call>,
    flights: Flights<Outcome>,
    accepted: TokenCache,
    refused: RefusedTokens,
    reachable: Arc<Reachable>,
    /// For what everybody can make the log say.
    throttle: Arc<Throttle>,
}

/// What a call gives to everybody who waits for it.
#[derive(Clone)]
enum Outcome {
    Active(Arc<Map<String, Value>>),
    Inactive,
    Unavailable(Duration),
}

impl IntrospectionValidator {
    pub(crate) fn cache_handle(&self) -> TokenCacheHandle {
        TokenCacheHandle(vec![self.accepted.clone()])
    }

    /// Asks, or waits for whoever asks already.
    async fn ask(&self, token: &BearerToken, slot: &Slot) -> Outcome {
        let (call, reachable, text) = (Arc::clone(&self.call), Arc::clone(&self.reachable), token.expose().to_owned());
        let throttle = Arc::clone(&self.throttle);
        // What was asked before something was forgotten is no answer for those who ask afterwards.
        let flight = self.flights.join((slot.hash, slot.generation), async move {
            match call.ask(&text).await {
                Ok(verdict) => {
                    reachable.note(true);
                    match verdict {
                        Verdict::Active(claims) => Outcome::Active(Arc::new(claims)),
                        Verdict::Inactive => Outcome::Inactive,
                    }
                }
                Err(failure) => {
                    reachable.note(false);
                    if throttle.allow() {
                        tracing::error!(
                            endpoint = %call.endpoint(),
                            cause = %failure.cause,
                            "the authorization server cannot be asked about an access token"
                        );
                    }
                    Outcome::Unavailable(failure.retry_after.unwrap_or(RETRY_AFTER))
                }
            }
        });
        match flight {
            Some(flight) => flight.await.unwrap_or(Outcome::Unavailable(RETRY_AFTER)),
            None => {
                if self.throttle.allow() {
                    tracing::warn!(
                        endpoint = %self.call.endpoint(),
                        "too many access tokens wait for the authorization server's answer"
                    );
                }
                Outcome::Unavailable(RETRY_AFTER)
            }
        }
    }
}

impl TokenValidator for IntrospectionValidator {
    async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        if token.expose().len() > self.max_length {
            return Err(InvalidToken::TooLong.into());
        }
        if self.rules.only_jwts && Jws::parse(token.expose()).is_err() {
            return Err(InvalidToken::Type.into());
        }
        let slot = self.accepted.slot_of(hash(token.expose()));
        if token.max_age().is_none() {
            if let Some(validated) = self.accepted.get(&slot, token) {
                return Ok(validated);
            }
            if let Some(reason) = self.refused.get(&slot, token) {
                return Err(reason.into());
            }
        }
        let checked = match self.ask(token, &slot).await {
            Outcome::Active(claims) => self.rules.check(&claims, token, now()),
            Outcome::Inactive => Err(InvalidToken::Inactive),
            Outcome::Unavailable(retry_after) => return Err(TokenError::Unavailable { retry_after }),
        };
        match checked {
            Ok(parts) => {
                let validated = ValidatedToken::new(parts);
                self.accepted.insert(&slot, token, &validated, None);
                Ok(validated)
            }
            Err(reason) => {
                self.refused.insert(&slot, token, reason);
                Err(reason.into())
            }
        }
    }

    /// Always ready: only requests make calls, so a server that is taken out of service for a failed call would never find out that calls work again.
    /// `issuer_reachable` says how the last one went.
    fn readiness(&self) -> Readiness {
        Readiness { ready: true, keys_age: None, issuer_reachable: self.reachable.last() }
    }
}

/// How the last call went.
#[derive(Debug, Default)]
struct Reachable(AtomicU8);

impl Reachable {
    fn note(&self, reachable: bool) {
        self.0.store(if reachable { 1 } else { 2 }, Ordering::Relaxed);
    }

    fn last(&self) -> Option<bool> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            last => Some(last == 1),
        }
    }
}

#[cfg(test)]
mod tests;
