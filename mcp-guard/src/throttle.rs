//! Rate-limits log messages that unauthenticated clients can trigger.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

// The clock of tokio, which tests can pause.
use tokio::time::Instant;

const INTERVAL: Duration = Duration::from_secs(10);
const LONG_INTERVAL: Duration = Duration::from_secs(60);

/// Allows one event per ten seconds.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<State>);

/// Allows one event per minute for each key, and counts the others. The number of keys must be bounded.
#[derive(Debug)]
pub(crate) struct KeyedThrottle<K>(Mutex<HashMap<K, State>>);

#[derive(Debug, Default)]
struct State {
    last: Option<Instant>,
    suppressed: u64,
}

impl Throttle {
    pub(crate) fn allow(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).admit(INTERVAL).is_some()
    }
}

impl<K: Eq + Hash> KeyedThrottle<K> {
    /// Returns the number of events that were suppressed since the last one, or `None` to suppress this one.
    pub(crate) fn admit(&self, key: K) -> Option<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().admit(LONG_INTERVAL)
    }
}

impl<K> Default for KeyedThrottle<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl State {
    fn admit(&mut self, interval: Duration) -> Option<u64> {
        let now = Instant::now();
        if self.last.is_some_and(|last| now.duration_since(last) < interval) {
            self.suppressed = self.suppressed.saturating_add(1);
            return None;
        }
        self.last = Some(now);
        Some(std::mem::take(&mut self.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn throttle_allows_one_event_per_interval() {
        let throttle = Throttle::default();
        assert_eq!((0..100).filter(|_| throttle.allow()).count(), 1);
        tokio::time::advance(INTERVAL).await;
        assert!(throttle.allow() && !throttle.allow());
    }

    #[tokio::test(start_paused = true)]
    async fn keyed_throttle_counts_suppressed_events_per_key() {
        let throttle = KeyedThrottle::default();
        let admitted: Vec<Option<u64>> = (0..4).map(|_| throttle.admit("a")).collect();
        assert_eq!(admitted, [Some(0), None, None, None]);
        assert_eq!(throttle.admit("b"), Some(0));
        tokio::time::advance(LONG_INTERVAL).await;
        assert_eq!([throttle.admit("a"), throttle.admit("a"), throttle.admit("b")], [Some(3), None, Some(0)]);
    }
}
