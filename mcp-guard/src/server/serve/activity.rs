//! The activity of a connection, shared by its requests, its task and the registry.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::orders::{Order, Orders};

/// The flag in the number of requests that marks an evicted connection. It begins no further requests.
const EVICTED: usize = 1 << (usize::BITS - 1);

/// The activity of a connection. Times are milliseconds since the server started.
#[derive(Debug)]
pub(super) struct Activity {
    /// The number of requests in progress, and the [`EVICTED`] flag.
    requests: AtomicUsize,
    /// The end of the last request, or the time of accepting the connection.
    idle_since: AtomicU64,
    /// The number of unread response bytes.
    unread: AtomicUsize,
    /// The time when hyper last took a part of a response.
    last_read: AtomicU64,
    orders: Orders,
}

impl Activity {
    pub(super) fn new(now: u64) -> Self {
        Self {
            requests: AtomicUsize::new(0),
            idle_since: AtomicU64::new(now),
            unread: AtomicUsize::new(0),
            last_read: AtomicU64::new(now),
            orders: Orders::default(),
        }
    }

    pub(super) const fn orders(&self) -> &Orders {
        &self.orders
    }

    /// Begins a request. Returns `false` if the connection is being dropped.
    pub(super) fn begin_request(&self) -> bool {
        self.requests.fetch_add(1, Ordering::AcqRel) & EVICTED == 0
    }

    pub(super) fn end_request(&self, now: u64) {
        // The time is set first, so that the connection never appears idle since before its last request.
        self.idle_since.store(now, Ordering::Release);
        self.requests.fetch_sub(1, Ordering::AcqRel);
    }

    /// Returns the number of requests in progress.
    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed) & !EVICTED
    }

    /// Records that a response began, or that the client has read a part of it.
    pub(super) fn progress(&self, now: u64) {
        self.last_read.store(now, Ordering::Relaxed);
    }

    pub(super) fn last_read(&self) -> u64 {
        self.last_read.load(Ordering::Relaxed)
    }

    /// Returns whether the connection has at most one request in progress.
    pub(super) fn has_one_request(&self) -> bool {
        self.requests.load(Ordering::Relaxed) <= 1
    }

    /// Returns the start of the idle time, or `None` if a request is in progress.
    pub(super) fn idle_since(&self) -> Option<u64> {
        let is_idle = self.requests.load(Ordering::Acquire) == 0;
        is_idle.then(|| self.idle_since.load(Ordering::Acquire))
    }

    /// Drops the connection if it has been idle since `idle_since`. Returns whether it was dropped.
    pub(super) fn evict(&self, idle_since: u64) -> bool {
        let is_evicted = self.idle_since() == Some(idle_since)
            && self.requests.compare_exchange(0, EVICTED, Ordering::AcqRel, Ordering::Relaxed).is_ok();
        if is_evicted {
            self.orders.give(Order::Drop);
        }
        is_evicted
    }

    pub(super) fn add_unread(&self, bytes: usize) {
        self.unread.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn remove_unread(&self, bytes: usize) {
        self.unread.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub(super) fn unread(&self) -> usize {
        self.unread.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evicted_connection_begins_no_request() {
        let activity = Activity::new(7);
        assert!(!activity.evict(6), "it was used since");
        assert!(activity.evict(7) && activity.orders().is_given(Order::Drop));
        assert!(!activity.begin_request());
    }

    #[test]
    fn connection_with_a_request_is_not_evicted() {
        let activity = Activity::new(7);
        assert!(activity.begin_request());
        assert!(!activity.evict(7) && !activity.orders().is_given(Order::Drop));
        activity.end_request(7);
        assert!(activity.evict(7));
    }
}
