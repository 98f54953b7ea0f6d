//! The two clocks of the table.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The time by both clocks, in seconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Now {
    /// Since the epoch, the unit of `iat`. It can jump.
    pub(super) wall: u64,
    /// Since the table was created. It never goes back, and may stop while the machine is suspended.
    pub(super) steady: u64,
}

/// A clock that starts with the table.
#[derive(Debug)]
pub(super) struct Clock(Instant);

impl Clock {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    pub(super) fn now(&self) -> Now {
        Now { wall: seconds(SystemTime::now()), steady: self.0.elapsed().as_secs() }
    }
}

/// Returns the seconds since the epoch. A time before 1970 is an error of the clock: the result then covers every token.
pub(super) fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(u64::MAX, |since| since.as_secs())
}
