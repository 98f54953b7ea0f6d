//! Saying something once in a while, where strangers decide how often it happens.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

const INTERVAL: Duration = Duration::from_secs(10);

/// Lets one of many pass in ten seconds.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<Option<Instant>>);

impl Throttle {
    pub(crate) fn lets_pass(&self) -> bool {
        let now = Instant::now();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let passes = last.is_none_or(|last| now.duration_since(last) >= INTERVAL);
        if passes {
            *last = Some(now);
        }
        passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_many_passes_until_some_time_went_by() {
        let throttle = Throttle::default();
        assert_eq!((0..100).filter(|_| throttle.lets_pass()).count(), 1);
        *throttle.0.lock().unwrap() = Instant::now().checked_sub(INTERVAL);
        assert!(throttle.lets_pass() && !throttle.lets_pass());
    }
}
