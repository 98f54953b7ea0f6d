//! The registry of open connections. It closes the longest idle one, those with the most unread bytes, or all of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::activity::Activity;
use super::orders::Order;

/// The number of cached eviction candidates. The cache avoids a scan of all connections for each new one.
const CANDIDATES: usize = 64;

/// The time without reading after which a client counts as stalled, in milliseconds.
const STALLED_AFTER: u64 = 1_000;

/// The open connections.
#[derive(Debug, Default)]
pub(super) struct Registry(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    connections: HashMap<u64, Arc<Activity>>,
    next_id: u64,
    /// The longest idle connections, as pairs of idle time and id. The longest idle one is last. A candidate that is
    /// still idle has been idle longer than all connections outside this list.
    candidates: Vec<(u64, u64)>,
}

impl Registry {
    /// Adds a connection until the returned value is dropped.
    pub(super) fn register(self: &Arc<Self>, connection: &Arc<Activity>) -> Registered {
        let mut open = self.lock();
        let id = open.next_id;
        open.next_id += 1;
        open.connections.insert(id, Arc::clone(connection));
        Registered { id, registry: Arc::clone(self) }
    }

    /// Drops the longest idle connection. Returns `false` if all connections have requests in progress.
    pub(super) fn evict_longest_idle(&self) -> bool {
        let mut open = self.lock();
        open.evict_candidate() || {
            open.find_candidates();
            open.evict_candidate()
        }
    }

    /// Drops connections until at most `max` bytes are unread.
    ///
    /// Stalled clients come first, starting with the most unread bytes. `latest` is kept if its response is its only
    /// request, because a single response may be larger than `max`.
    pub(super) fn drop_most_unread(&self, latest: &Arc<Activity>, max: usize, now: u64) {
        let open = self.lock();
        let mut unread: Vec<((bool, usize), &Arc<Activity>)> = open
            .connections
            .values()
            .filter(|connection| !connection.orders().is_given(Order::Drop))
            .map(|connection| {
                let is_stalled = now.saturating_sub(connection.last_read()) >= STALLED_AFTER;
                ((is_stalled, connection.unread()), connection)
            })
            .filter(|((_, bytes), _)| *bytes > 0)
            .collect();
        unread.sort_unstable_by_key(|(order, _)| *order);
        let mut total: usize = unread.iter().map(|((_, bytes), _)| bytes).sum();
        while total > max
            && let Some(((_, bytes), connection)) = unread.pop()
        {
            if Arc::ptr_eq(connection, latest) && connection.has_one_request() {
                continue;
            }
            total -= bytes;
            connection.orders().give(Order::Drop);
        }
    }

    /// Gives an order to all connections.
    pub(super) fn give_all(&self, order: Order) {
        self.lock().connections.values().for_each(|connection| connection.orders().give(order));
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn evict_candidate(&mut self) -> bool {
        while let Some((idle_since, id)) = self.candidates.pop() {
            if self.connections.get(&id).is_some_and(|connection| connection.evict(idle_since)) {
                return true;
            }
        }
        false
    }

    fn find_candidates(&mut self) {
        let idle = self.connections.iter().filter_map(|(id, connection)| Some((connection.idle_since()?, *id)));
        self.candidates.extend(idle);
        self.candidates.sort_unstable_by(|one, other| other.cmp(one));
        let newer = self.candidates.len().saturating_sub(CANDIDATES);
        self.candidates.drain(..newer);
    }
}

/// A registered connection. Dropping this value removes the connection.
#[derive(Debug)]
pub(super) struct Registered {
    id: u64,
    registry: Arc<Registry>,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.registry.lock().connections.remove(&self.id);
    }
}
