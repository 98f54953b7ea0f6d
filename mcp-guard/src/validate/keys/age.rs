//! How long ago something was.

use std::time::{Duration, Instant, SystemTime};

/// A moment, by both clocks.
///
/// The steady clock stands still while the machine is suspended, and the other one may be set: neither can be trusted to say that keys are young. So
/// the longer time counts. A clock that is set ahead costs a fetch; one that is set back is not believed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    steady: Instant,
    wall: SystemTime,
}

impl Moment {
    pub(super) fn now() -> Self {
        Self { steady: Instant::now(), wall: SystemTime::now() }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.steady.elapsed().max(self.wall.elapsed().unwrap_or_default())
    }

    /// A moment that is this long ago by the calendar only, as after the machine was suspended.
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
    fn the_longer_time_counts() {
        assert!(Moment::before_suspension(HOUR).elapsed() >= HOUR);
        let (steady, wall) = (Instant::now().checked_sub(HOUR).unwrap(), SystemTime::now() + HOUR);
        assert!(Moment { steady, wall }.elapsed() >= HOUR, "a clock that was set back");
        assert!(Moment::now().elapsed() < HOUR);
    }
}
