//! A rate for each key.

use std::hash::Hash;
use std::time::Duration;

use governor::RateLimiter;
use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;

use super::rate::Rate;
use super::states::{States, SteadyClock};

/// Limits the requests of each key to a rate.
pub(super) struct KeyedRate<K: Clone + Eq + Hash> {
    rate: Rate,
    limiter: RateLimiter<K, States<K>, SteadyClock, NoOpMiddleware<Duration>>,
    states: States<K>,
    /// The part of a window that the requests of a burst may be ahead.
    tolerance: Duration,
}

impl<K: Clone + Eq + Hash> KeyedRate<K> {
    pub(super) fn new(rate: Rate) -> Self {
        let clock = SteadyClock::start();
        let states = States::new(clock);
        let quota = rate.quota();
        let tolerance = quota.replenish_interval() * (rate.requests() - 1);
        Self { rate, limiter: RateLimiter::new(quota, states.clone(), clock), states, tolerance }
    }

    pub(super) const fn rate(&self) -> Rate {
        self.rate
    }

    /// Counts a request.
    ///
    /// # Errors
    ///
    /// The time until the next request is allowed. The request is not counted.
    pub(super) fn count(&self, key: &K) -> Result<(), Duration> {
        self.limiter.check_key(key).map_err(|until| until.wait_time_from(self.limiter.clock().now()))
    }

    /// Checks whether a request is allowed, without counting it.
    ///
    /// # Errors
    ///
    /// The time until the next request is allowed.
    pub(super) fn check(&self, key: &K) -> Result<(), Duration> {
        let Some(used_until) = self.states.used_until(key) else { return Ok(()) };
        let allowed_at = used_until.saturating_sub(self.tolerance);
        match allowed_at.saturating_sub(self.limiter.clock().now()) {
            Duration::ZERO => Ok(()),
            wait => Err(wait),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::super::states::MAX_KEYS;
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn burst_is_followed_by_one_request_per_interval() {
        let rate = KeyedRate::new(Rate::per_minute(10));
        assert_eq!((0..20).filter(|_| rate.count(&"a").is_ok()).count(), 10);
        let wait = rate.count(&"a").unwrap_err();
        assert_eq!((rate.check(&"a"), wait.as_secs()), (Err(wait), 6));
        assert_eq!(rate.count(&"b"), Ok(()), "each key has a rate of its own");
        advance(Duration::from_secs(6)).await;
        assert_eq!(rate.check(&"a"), Ok(()), "a check counts nothing");
        assert_eq!([rate.count(&"a").is_ok(), rate.count(&"a").is_ok()], [true, false]);
        advance(Duration::from_secs(60)).await;
        assert_eq!((0..20).filter(|_| rate.count(&"a").is_ok()).count(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn states_are_bounded_and_forgotten() {
        let rate = KeyedRate::new(Rate::per_hour(1));
        for key in 0..2 * MAX_KEYS {
            let _ = rate.count(&key);
        }
        assert_eq!(rate.states.len(), MAX_KEYS);
        assert!(rate.check(&0).is_err() && rate.check(&(3 * MAX_KEYS)).is_err(), "further keys share one state");
        advance(Duration::from_secs(60 * 60 + 1)).await;
        assert_eq!(rate.count(&(3 * MAX_KEYS)), Ok(()));
        assert_eq!(rate.states.len(), 1, "the states of idle keys are removed");
    }

    #[tokio::test(start_paused = true)]
    async fn flood_of_single_requests_keeps_few_states() {
        // One request of each address every 0.6 ms: each state is needed for a fifth of a second.
        let rate = KeyedRate::new(Rate::per_minute(300));
        let mut most = 0;
        for key in 0..100_000 {
            rate.count(&key).unwrap();
            most = most.max(rate.states.len());
            advance(Duration::from_micros(600)).await;
        }
        assert!(most < 4096, "{most}");
    }
}
