//! States with the time of their last change.

use std::time::SystemTime;

/// Whether a part of the server is ready, and since when.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Since {
    pub(crate) is_ready: bool,
    pub(crate) time: SystemTime,
}

impl Since {
    /// Returns a state that begins now.
    pub(crate) fn now(is_ready: bool) -> Self {
        Self { is_ready, time: SystemTime::now() }
    }

    /// Sets the state. Returns whether it has changed.
    pub(crate) fn set(&mut self, is_ready: bool) -> bool {
        let has_changed = self.is_ready != is_ready;
        if has_changed {
            *self = Self::now(is_ready);
        }
        has_changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_change_moves_the_time() {
        let began = Since { is_ready: true, time: SystemTime::UNIX_EPOCH };
        let mut since = began;
        assert!(!since.set(true));
        assert_eq!(since, began);
        assert!(since.set(false));
        assert!(!since.is_ready && since.time > began.time);
    }
}
