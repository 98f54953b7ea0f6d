//! Counts connections and requests by client address.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::limit::ClientAddress;

/// The counts of all client addresses with connections or requests.
#[derive(Debug)]
pub(super) struct Addresses {
    counts: Mutex<HashMap<ClientAddress, Arc<Counts>>>,
    max: usize,
}

#[derive(Debug, Default)]
struct Counts {
    connections: AtomicUsize,
    requests: AtomicUsize,
}

impl Addresses {
    pub(super) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { counts: Mutex::default(), max })
    }

    /// Returns the entry of an address. The counts are removed when the last entry is dropped.
    pub(super) fn entry(self: &Arc<Self>, address: ClientAddress) -> Entry {
        let counts = Arc::clone(self.lock().entry(address).or_default());
        Entry { address, counts, addresses: Arc::clone(self) }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ClientAddress, Arc<Counts>>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The counts of one address.
#[derive(Debug)]
pub(super) struct Entry {
    address: ClientAddress,
    counts: Arc<Counts>,
    addresses: Arc<Addresses>,
}

impl Entry {
    pub(super) const fn address(&self) -> ClientAddress {
        self.address
    }

    /// Counts a connection. Returns `false` if the address has reached its maximum.
    pub(super) fn add_connection(&self) -> bool {
        add_below(&self.counts.connections, self.addresses.max)
    }

    pub(super) fn remove_connection(&self) {
        self.counts.connections.fetch_sub(1, Ordering::Relaxed);
    }

    /// Counts a request in progress. Returns `false` if the address has reached its maximum.
    pub(super) fn add_request(&self) -> bool {
        add_below(&self.counts.requests, self.addresses.max)
    }

    pub(super) fn remove_request(&self) {
        self.counts.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut counts = self.addresses.lock();
        // The references are that of the map and this one. New references are created only under the lock.
        if Arc::strong_count(&self.counts) == 2 {
            counts.remove(&self.address);
        }
    }
}

/// Increments a count below `max`. Returns `false` if the maximum is reached.
pub(super) fn add_below(count: &AtomicUsize, max: usize) -> bool {
    let add = |count: usize| (count < max).then_some(count + 1);
    count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).is_ok()
}

#[cfg(test)]
mod tests;
