//! The time of the system clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the seconds since the epoch, the unit of `exp`. With a clock before 1970 every token is expired.
pub(super) fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(u64::MAX, |since| since.as_secs())
}
