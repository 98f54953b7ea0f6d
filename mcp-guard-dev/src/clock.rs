use std::time::{SystemTime, UNIX_EPOCH};

/// The current time in seconds since 1970 (RFC 7519 §2, NumericDate).
pub(crate) fn unix_now() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX)
}
