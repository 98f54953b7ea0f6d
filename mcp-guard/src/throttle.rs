//! Rate-limits log messages that unauthenticated clients can trigger.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const INTERVAL: Duration = Duration::from_secs(10);

/// Allows one event per ten seconds.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<Option<Instant>>);

impl Throttle {
    pub(crate) fn allow(&self) -> bool {
        let now = Instant::now();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_allowed = last.is_none_or(|last| now.duration_since(last) >= INTERVAL);
        if is_allowed {
            *last = Some(now);
        }
        is_allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throttle_allows_one_event_per_interval() {
        let throttle = Throttle::default();
        assert_eq!((0..100).filter(|_| throttle.allow()).count(), 1);
        *throttle.0.lock().unwrap() = Instant::now().checked_sub(INTERVAL);
        assert!(throttle.allow() && !throttle.allow());
    }
}
