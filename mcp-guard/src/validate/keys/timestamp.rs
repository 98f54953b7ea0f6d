//! Elapsed time on two clocks.

use std::time::{Duration, Instant, SystemTime};

/// A point in time on the monotonic and the system clock.
///
/// The monotonic clock stops while the machine is suspended, and the system clock may be changed. So the longer of the
/// two durations counts. A clock that is set ahead causes a fetch, and a clock that is set back has no effect.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timestamp {
    steady: Instant,
    wall: SystemTime,
}

impl Timestamp {
    pub(super) fn now() -> Self {
        Self { steady: Instant::now(), wall: SystemTime::now() }
    }

    /// Returns the time on the system clock, `later` than this timestamp.
    pub(super) fn time_after(&self, later: Duration) -> SystemTime {
        self.wall.checked_add(later).unwrap_or(self.wall)
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.steady.elapsed().max(self.wall.elapsed().unwrap_or_default())
    }

    /// Returns a timestamp before a suspension: only the system clock has advanced since.
    #[cfg(test)]
    pub(super) fn before_suspension(asleep: Duration) -> Self {
        Self { wall: SystemTime::now() - asleep, ..Self::now() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);

    #[test]
    fn longer_elapsed_time_counts() {
        assert!(Timestamp::before_suspension(HOUR).elapsed() >= HOUR);
        let (steady, wall) = (Instant::now().checked_sub(HOUR).unwrap(), SystemTime::now() + HOUR);
        assert!(Timestamp { steady, wall }.elapsed() >= HOUR, "the system clock was set back");
        assert!(Timestamp::now().elapsed() < HOUR);
    }
}
