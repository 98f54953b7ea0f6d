//! The limits of a caller, after authentication.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};

use super::client_address::ClientAddress;
use super::concurrency::{KeyedConcurrency, Slot};
use super::exceeded::Exceeded;
use super::keyed_rate::KeyedRate;
use super::rate::Rate;
use super::settings::RateLimits;
use crate::rule::Rule;
use crate::token::Principal;

/// A counted request in progress. Dropping it removes the count.
pub(crate) type Permit = Slot<SenderKey>;

/// The sender of a request, for limits.
#[derive(Clone, Copy, Debug, Hash)]
pub(crate) enum Sender<'r> {
    Principal(Principal<'r>),
    /// An anonymous caller at this address.
    Address(ClientAddress),
    /// An anonymous caller at an unknown address. All of them share one count.
    Unknown,
}

/// A digest of a sender, so that a count needs no copy of its names.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct SenderKey(u64, u64);

/// The keys of the digests. They are random, so no caller can choose to share the count of another one.
#[derive(Clone, Debug, Default)]
struct SenderKeys(RandomState, RandomState);

impl SenderKeys {
    fn key(&self, sender: &Sender<'_>) -> SenderKey {
        SenderKey(self.0.hash_one(sender), self.1.hash_one(sender))
    }
}

/// A rate of each sender. Anonymous callers have a table of their own, so that many addresses cannot take the room of
/// callers with a token.
struct SenderRates {
    principals: KeyedRate<SenderKey>,
    anonymous: KeyedRate<SenderKey>,
}

impl SenderRates {
    fn new(rate: Rate) -> Self {
        Self { principals: KeyedRate::new(rate), anonymous: KeyedRate::new(rate) }
    }

    fn count(&self, sender: &Sender<'_>, key: &SenderKey, rule: Rule) -> Result<(), Exceeded> {
        let rate = match sender {
            Sender::Principal(_) => &self.principals,
            Sender::Address(_) | Sender::Unknown => &self.anonymous,
        };
        rate.count(key).map_err(|wait| Exceeded::rate(rule, rate.rate(), wait))
    }
}

/// Limits all requests of each caller.
pub(crate) struct CallerLimits {
    keys: SenderKeys,
    rate: Option<SenderRates>,
    max: Option<NonZeroU32>,
    in_progress: KeyedConcurrency<SenderKey>,
}

impl CallerLimits {
    /// Returns the limits. `None` if there are none.
    pub(crate) fn new(settings: &RateLimits) -> Option<Self> {
        let RateLimits { per_caller, concurrent_per_caller: max, .. } = *settings;
        (per_caller.is_some() || max.is_some()).then(|| Self {
            keys: SenderKeys::default(),
            rate: per_caller.map(SenderRates::new),
            max,
            in_progress: KeyedConcurrency::default(),
        })
    }

    /// Counts a request.
    ///
    /// # Errors
    ///
    /// The caller sends too many requests.
    pub(crate) fn count(&self, sender: &Sender<'_>) -> Result<(), Exceeded> {
        let Some(rate) = &self.rate else { return Ok(()) };
        rate.count(sender, &self.keys.key(sender), Rule::CallerRate)
    }

    /// Counts a request in progress. `None` if their number is not limited.
    ///
    /// # Errors
    ///
    /// Too many requests of the caller are in progress.
    pub(crate) fn enter(&self, sender: &Sender<'_>) -> Result<Option<Permit>, Exceeded> {
        let Some(max) = self.max else { return Ok(None) };
        enter(&self.in_progress, self.keys.key(sender), max, Rule::CallerConcurrency)
    }
}

/// The limits of one operation, for each caller.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct OperationLimit {
    pub(crate) rate: Option<Rate>,
    pub(crate) concurrent: Option<NonZeroU32>,
}

/// The counts of the operations with limits. Each server has its own.
#[derive(Default)]
pub(crate) struct OperationLimits {
    keys: SenderKeys,
    /// By the address of the entry, which lives as long as the process.
    operations: RwLock<HashMap<usize, Arc<OperationCounts>>>,
}

struct OperationCounts {
    rate: Option<SenderRates>,
    in_progress: KeyedConcurrency<SenderKey>,
}

impl OperationLimits {
    /// Counts a call of the operation `id`. The permit is `None` if the number of calls in progress is not limited.
    ///
    /// # Errors
    ///
    /// The caller calls the operation too often, or has too many calls of it in progress.
    pub(crate) fn enter(
        &self,
        id: usize,
        limit: &OperationLimit,
        sender: &Sender<'_>,
    ) -> Result<Option<Permit>, Exceeded> {
        if *limit == OperationLimit::default() {
            return Ok(None);
        }
        let counts = self.counts(id, limit);
        let key = self.keys.key(sender);
        // First, so that a call that may not begin does not count for the rate.
        let permit = match limit.concurrent {
            Some(max) => enter(&counts.in_progress, key, max, Rule::OperationConcurrency)?,
            None => None,
        };
        if let Some(rate) = &counts.rate {
            rate.count(sender, &key, Rule::OperationRate)?;
        }
        Ok(permit)
    }

    fn counts(&self, id: usize, limit: &OperationLimit) -> Arc<OperationCounts> {
        if let Some(counts) = self.operations.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Arc::clone(counts);
        }
        let mut operations = self.operations.write().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            Arc::new(OperationCounts {
                rate: limit.rate.map(SenderRates::new),
                in_progress: KeyedConcurrency::default(),
            })
        };
        Arc::clone(operations.entry(id).or_insert_with(new))
    }
}

// Not derived: the counts are many, and their lock is that of requests.
opaque_debug!(CallerLimits);

opaque_debug!(OperationLimits);

fn enter(
    in_progress: &KeyedConcurrency<SenderKey>,
    key: SenderKey,
    max: NonZeroU32,
    rule: Rule,
) -> Result<Option<Permit>, Exceeded> {
    let permit = in_progress.enter(key, max.get());
    permit.map(Some).ok_or_else(|| Exceeded::concurrency(rule, max.get()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::{TokenParts, ValidatedToken};

    fn token(issuer: &str, subject: &str, client: Option<&str>) -> ValidatedToken {
        ValidatedToken::new(TokenParts {
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            client_id: client.map(str::to_owned),
            ..TokenParts::default()
        })
    }

    #[test]
    fn callers_are_issuer_subject_and_client() {
        let limits = CallerLimits::new(&RateLimits::none().per_caller(Rate::per_hour(1))).unwrap();
        let callers = [
            token("a", "b", Some("c")),
            token("a", "b", None),
            token("a", "b", Some("")),
            token("a", "b2", Some("c")),
            token("a2", "b", Some("c")),
            token("ab", "", Some("c")),
        ];
        for caller in &callers {
            let sender = Sender::Principal(caller.principal());
            assert_eq!(limits.count(&sender), Ok(()));
            assert_eq!(limits.count(&sender).unwrap_err().rule(), Rule::CallerRate);
        }
        assert_eq!(limits.count(&Sender::Unknown), Ok(()));
    }

    #[test]
    fn operations_have_limits_of_their_own() {
        let limits = OperationLimits::default();
        let limit = OperationLimit { rate: Some(Rate::per_hour(2)), concurrent: NonZeroU32::new(1) };
        let first = limits.enter(1, &limit, &Sender::Unknown).unwrap();
        assert!(first.is_some());
        let second = limits.enter(1, &limit, &Sender::Unknown);
        assert_eq!(second.unwrap_err().rule(), Rule::OperationConcurrency);
        assert!(limits.enter(2, &limit, &Sender::Unknown).is_ok(), "another operation");
        drop(first);
        assert!(limits.enter(1, &limit, &Sender::Unknown).is_ok(), "a refused call does not count for the rate");
        assert_eq!(limits.enter(1, &limit, &Sender::Unknown).unwrap_err().rule(), Rule::OperationRate);
        assert!(limits.enter(1, &OperationLimit::default(), &Sender::Unknown).unwrap().is_none());
    }
}
