//! The validator of opaque access tokens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use serde_json::{Map, Value};

use super::answer_rules::AnswerRules;
use super::call::Call;
use super::exchange::TokenStatus;
use super::in_flight_calls::InFlightCalls;
use super::rejected_tokens::RejectedTokens;
use crate::throttle::Throttle;
use crate::token::{BearerToken, InvalidToken, TokenError, ValidatedToken};
use crate::validate::cache::{Slot, TokenCache, TokenCacheHandle, hash};
use crate::validate::clock::unix_now;
use crate::validate::jwt::header::Jws;
use crate::validate::{Readiness, TokenValidator};

/// The retry delay if the authorization server sends no `Retry-After`.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(5);

/// A validator that sends opaque access tokens to the authorization server (RFC 7662).
#[derive(Debug)]
pub(crate) struct IntrospectionValidator {
    pub(super) max_length: usize,
    pub(super) rules: AnswerRules,
    pub(super) call: Arc<Call>,
    pub(super) in_flight: InFlightCalls<Outcome>,
    pub(super) accepted: TokenCache,
    pub(super) rejected: RejectedTokens,
    pub(super) reachable: Arc<Reachable>,
    /// Limits log messages that unauthenticated clients can trigger.
    pub(super) throttle: Arc<Throttle>,
}

/// The outcome of a call, shared by all requests that wait for it.
#[derive(Clone)]
pub(super) enum Outcome {
    Active(Arc<Map<String, Value>>),
    Inactive,
    Unavailable(Duration),
}

impl IntrospectionValidator {
    pub(crate) fn cache_handle(&self) -> TokenCacheHandle {
        TokenCacheHandle(vec![self.accepted.clone()])
    }

    /// Introspects the token, or joins the call that is in progress.
    async fn introspect(&self, token: &BearerToken, slot: &Slot) -> Outcome {
        let (call, reachable, text) = (Arc::clone(&self.call), Arc::clone(&self.reachable), token.expose().to_owned());
        let throttle = Arc::clone(&self.throttle);
        // The generation is part of the key: a call that started before a removal must not answer later requests.
        let pending = self.in_flight.join((slot.hash, slot.generation), async move {
            match call.introspect(&text).await {
                Ok(status) => {
                    reachable.set(true);
                    match status {
                        TokenStatus::Active(claims) => Outcome::Active(Arc::new(claims)),
                        TokenStatus::Inactive => Outcome::Inactive,
                    }
                }
                Err(failure) => {
                    reachable.set(false);
                    if throttle.allow() {
                        tracing::error!(
                            endpoint = call.endpoint(),
                            cause = %failure.cause,
                            "token introspection failed"
                        );
                    }
                    Outcome::Unavailable(failure.retry_after.unwrap_or(RETRY_AFTER))
                }
            }
        });
        match pending {
            Some(pending) => pending.await.unwrap_or(Outcome::Unavailable(RETRY_AFTER)),
            None => {
                if self.throttle.allow() {
                    tracing::warn!(
                        endpoint = self.call.endpoint(),
                        "token introspection skipped: too many tokens are waiting"
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
            if let Some(reason) = self.rejected.get(&slot, token) {
                return Err(reason.into());
            }
        }
        let checked = match self.introspect(token, &slot).await {
            Outcome::Active(claims) => self.rules.check(&claims, token, unix_now()),
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
                self.rejected.insert(&slot, token, reason);
                Err(reason.into())
            }
        }
    }

    /// Always reports ready. Only requests cause calls, so a server that left service after a failed call would never
    /// recover. `issuer_reachable` is the outcome of the last call.
    fn readiness(&self) -> Readiness {
        Readiness { ready: true, keys_age: None, issuer_reachable: self.reachable.last() }
    }

    fn is_cached(&self, token: &BearerToken) -> bool {
        self.accepted.get(&self.accepted.slot_of(hash(token.expose())), token).is_some()
    }
}

/// The outcome of the last call.
#[derive(Debug, Default)]
pub(super) struct Reachable(AtomicU8);

impl Reachable {
    fn set(&self, reachable: bool) {
        self.0.store(if reachable { 1 } else { 2 }, Ordering::Relaxed);
    }

    fn last(&self) -> Option<bool> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            last => Some(last == 1),
        }
    }
}
