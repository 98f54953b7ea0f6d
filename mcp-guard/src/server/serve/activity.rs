//! What a connection is doing, as its requests, the registry and its own task see it.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::orders::{Order, Orders};

/// Set in the number of requests when the connection is about to be dropped, so that it begins no further one.
const EVICTED: usize = 1 << (usize::BITS - 1);

/// The activity of a connection. Times are milliseconds since the server started.
#[derive(Debug)]
pub(super) struct Activity {
    /// Requests in progress.
    requests: AtomicUsize,
    /// When the last request ended, or the connection was accepted.
    idle_since: AtomicU64,
    /// Bytes of responses that the client has not read.
    unread: AtomicUsize,
    /// When the last part of a response was handed on to the client.
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

    /// Begins a request. Returns `false` when the connection is about to be dropped.
    pub(super) fn begin_request(&self) -> bool {
        self.requests.fetch_add(1, Ordering::AcqRel) & EVICTED == 0
    }

    pub(super) fn end_request(&self, now: u64) {
        // First the time, so that a connection never looks idle since before its last request.
        self.idle_since.store(now, Ordering::Release);
        self.requests.fetch_sub(1, Ordering::AcqRel);
    }

    /// Returns how many requests are in progress.
    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed) & !EVICTED
    }

    /// Notes that the client read a part of a response, or that a response began.
    pub(super) fn progress(&self, now: u64) {
        self.last_read.store(now, Ordering::Relaxed);
    }

    pub(super) fn last_read(&self) -> u64 {
        self.last_read.load(Ordering::Relaxed)
    }

    /// Returns whether the connection has one request in progress, or none.
    pub(super) fn has_one_request(&self) -> bool {
        self.requests.load(Ordering::Relaxed) <= 1
    }

    /// Returns since when the connection has been without a request in progress, unless it has one.
    pub(super) fn idle_since(&self) -> Option<u64> {
        let is_idle = self.requests.load(Ordering::Acquire) == 0;
        is_idle.then(|| self.idle_since.load(Ordering::Acquire))
    }

    /// Drops the connection, provided that it has been idle since then.
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
