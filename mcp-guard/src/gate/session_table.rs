//! Counts the legacy sessions of each principal and enforces their limit.
//!
//! 1. A session is counted before rmcp creates it, in one step with the check of the limit.
//! 2. At the limit, the principal with the most sessions loses the one that was idle longest. A new session is rejected
//!    only if its own principal has the most and all of these are busy.
//! 3. A session is busy until its `initialize` request is answered, and while it has a request in progress.
//!    (`requests_in_progress`)

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::requests_in_progress::{Rejected, RequestsInProgress};
use crate::token::OwnedPrincipal;
use crate::wire::answer::RequestId;

/// The owner of a session. `None` for anonymous callers, who are counted together.
pub(crate) type Owner = Option<OwnedPrincipal>;

/// The sessions of a server.
pub(crate) struct SessionTable {
    max: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sessions: HashMap<Arc<str>, Session>,
    /// The number of sessions per principal, including those being created.
    held: HashMap<Owner, usize>,
    requests: RequestsInProgress,
    total: usize,
}

struct Session {
    owner: Owner,
    last_used: Instant,
    /// Whether its `initialize` request has been answered.
    is_initialized: bool,
}

/// The error when no session can be opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TooManySessions;

/// The reason why a request cannot start in its session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum NotStarted {
    /// The session does not exist.
    NoSession,
    /// The request cannot start now.
    Rejected(Rejected),
}

/// A counted session that is not created yet. Dropping it removes the count.
#[must_use]
pub(crate) struct Reservation {
    table: Arc<SessionTable>,
    owner: Owner,
    is_open: bool,
}

/// A request in progress, until the last clone is dropped.
#[derive(Clone, Debug)]
pub(crate) struct InProgress(#[expect(dead_code, reason = "kept for its `Drop`")] Arc<UsedId>);

struct UsedId {
    table: Arc<SessionTable>,
    session: Arc<str>,
    owner: Owner,
    id: RequestId,
}

impl SessionTable {
    /// Creates a table for at most `max` sessions.
    pub(crate) fn new(max: usize) -> Self {
        Self { max, state: Mutex::default() }
    }

    /// Counts a session of `owner`. Returns the id of the session that must end for it, if any.
    ///
    /// # Errors
    ///
    /// [`TooManySessions`] when the limit is reached and no session can end.
    pub(crate) fn reserve(self: &Arc<Self>, owner: Owner) -> Result<(Reservation, Option<Arc<str>>), TooManySessions> {
        let mut state = self.lock();
        let evicted = match state.total < self.max {
            true => None,
            false => Some(state.evict_for(&owner).ok_or(TooManySessions)?),
        };
        *state.held.entry(owner.clone()).or_default() += 1;
        state.total += 1;
        drop(state);
        Ok((Reservation { table: Arc::clone(self), owner, is_open: false }, evicted))
    }

    /// Returns whether a session of `owner` could be created now. The result can be outdated; only
    /// [`reserve`](Self::reserve) is binding.
    pub(super) fn has_room_for(&self, owner: &Owner) -> bool {
        let state = self.lock();
        state.total < self.max || state.candidate_for(owner).is_some()
    }

    /// Records that the `initialize` request of a session was answered.
    pub(crate) fn initialized(&self, id: &str) {
        if let Some(session) = self.lock().sessions.get_mut(id) {
            session.is_initialized = true;
        }
    }

    /// Records that a session ended.
    pub(crate) fn close(&self, id: &str) {
        self.lock().remove(id);
    }

    /// Records that a session is used. Returns whether it exists.
    pub(super) fn touch(&self, id: &str) -> bool {
        match self.lock().sessions.get_mut(id) {
            Some(session) => {
                session.last_used = Instant::now();
                true
            }
            None => false,
        }
    }

    /// Starts a request in a session.
    ///
    /// # Errors
    ///
    /// [`NotStarted`] states why the request cannot start.
    pub(super) fn start(self: &Arc<Self>, session: &str, id: RequestId) -> Result<InProgress, NotStarted> {
        let mut guard = self.lock();
        let State { sessions, requests, .. } = &mut *guard;
        let (session, Session { owner, .. }) = sessions.get_key_value(session).ok_or(NotStarted::NoSession)?;
        requests.add(session, owner, &id).map_err(NotStarted::Rejected)?;
        let (session, owner) = (Arc::clone(session), owner.clone());
        drop(guard);
        Ok(InProgress(Arc::new(UsedId { table: Arc::clone(self), session, owner, id })))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No change can panic halfway.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Removes a session to allow `owner` one more.
    fn evict_for(&mut self, owner: &Owner) -> Option<Arc<str>> {
        let id = self.candidate_for(owner)?;
        self.remove(&id);
        Some(id)
    }

    /// Returns the session that would be removed to allow `owner` one more.
    fn candidate_for(&self, owner: &Owner) -> Option<Arc<str>> {
        let most = self.held.values().copied().max()?;
        let held = |owner: &Owner| self.held.get(owner).copied().unwrap_or_default();
        // A principal with the most sessions loses one of its own, but not one with a call in progress.
        let is_own = held(owner) == most;
        let candidates = self
            .sessions
            .iter()
            .map(|(id, session)| (id, session, self.is_busy(id, session)))
            .filter(|(_, session, is_busy)| !is_own || session.owner == *owner && !is_busy);
        let (idle_longest, ..) = candidates
            .min_by_key(|(_, session, is_busy)| (Reverse(held(&session.owner)), *is_busy, session.last_used))?;
        Some(Arc::clone(idle_longest))
    }

    /// Returns whether a session is busy. A busy session is evicted last, and never for its own principal.
    fn is_busy(&self, id: &str, session: &Session) -> bool {
        !session.is_initialized || self.requests.has_any(id)
    }

    fn remove(&mut self, id: &str) {
        if let Some(session) = self.sessions.remove(id) {
            self.release(&session.owner);
        }
    }

    fn release(&mut self, owner: &Owner) {
        self.total -= 1;
        decrement(&mut self.held, owner);
    }
}

/// Decrements the count of a principal, and removes a count of zero.
pub(super) fn decrement(counts: &mut HashMap<Owner, usize>, owner: &Owner) {
    if let Some(count) = counts.get_mut(owner) {
        *count -= 1;
        if *count == 0 {
            counts.remove(owner);
        }
    }
}

impl Reservation {
    /// Records that the session has been created.
    pub(crate) fn open(mut self, id: &str) {
        let session = Session { owner: self.owner.clone(), last_used: Instant::now(), is_initialized: false };
        self.table.lock().sessions.insert(id.into(), session);
        self.is_open = true;
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if !self.is_open {
            self.table.lock().release(&self.owner);
        }
    }
}

impl Drop for UsedId {
    fn drop(&mut self) {
        let mut state = self.table.lock();
        state.requests.remove(&self.session, &self.owner, &self.id);
        if let Some(session) = state.sessions.get_mut(&self.session) {
            session.last_used = Instant::now();
        }
    }
}

impl fmt::Debug for SessionTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionTable").field("max", &self.max).finish_non_exhaustive()
    }
}

opaque_debug!(Reservation);

opaque_debug!(UsedId);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::{TokenParts, ValidatedToken};

    fn owner(subject: &str) -> Owner {
        let parts = TokenParts { subject: subject.into(), issuer: "https://a".into(), ..TokenParts::default() };
        Some(ValidatedToken::new(parts).principal().into_owned())
    }

    /// Opens a session, and returns the session that was evicted for it.
    fn open(table: &Arc<SessionTable>, subject: &str, id: &str) -> Result<Option<String>, TooManySessions> {
        let (reservation, evicted) = table.reserve(owner(subject))?;
        reservation.open(id);
        table.initialized(id);
        // `Instant` may have a coarse resolution, and the order of use must be clear.
        std::thread::sleep(std::time::Duration::from_millis(1));
        Ok(evicted.map(|id| id.to_string()))
    }

    #[test]
    fn principal_with_most_sessions_loses_the_longest_idle() {
        let table = Arc::new(SessionTable::new(4));
        for (subject, id) in [("alice", "a1"), ("bob", "b1"), ("alice", "a2"), ("alice", "a3")] {
            assert_eq!(open(&table, subject, id), Ok(None));
        }
        assert!(table.touch("a1"));
        assert_eq!(open(&table, "carol", "c1"), Ok(Some("a2".to_owned())));
        assert!(!table.touch("a2"), "it no longer exists");
        assert_eq!(open(&table, "alice", "a4"), Ok(Some("a3".to_owned())), "alice has the most sessions");
        assert_eq!(open(&table, "bob", "b2"), Ok(Some("a1".to_owned())));
        assert_eq!(table.lock().total, 4);
    }

    #[test]
    fn principal_with_most_sessions_loses_its_own() {
        let table = Arc::new(SessionTable::new(2));
        open(&table, "bob", "b1").unwrap();
        open(&table, "alice", "a1").unwrap();
        assert_eq!(
            open(&table, "alice", "a2"),
            Ok(Some("a1".to_owned())),
            "bob has no more sessions, though his was idle longer"
        );
        let _call = table.start("a2", RequestId::Integer(1)).unwrap();
        assert_eq!(open(&table, "alice", "a3"), Err(TooManySessions));
    }

    #[test]
    fn session_is_idle_since_its_last_request_ended() {
        let table = Arc::new(SessionTable::new(2));
        open(&table, "alice", "a1").unwrap();
        let call = table.start("a1", RequestId::Integer(1)).unwrap();
        open(&table, "alice", "a2").unwrap();
        drop(call);
        assert_eq!(open(&table, "bob", "b1"), Ok(Some("a2".to_owned())));
    }

    #[test]
    fn busy_sessions_are_evicted_last() {
        let table = Arc::new(SessionTable::new(2));
        open(&table, "alice", "a1").unwrap();
        open(&table, "alice", "a2").unwrap();
        let call = table.start("a1", RequestId::Integer(1)).unwrap();
        let other = table.start("a2", RequestId::Integer(1)).unwrap();
        assert_eq!(open(&table, "alice", "a3"), Err(TooManySessions), "her own calls are not ended");
        drop(other);
        assert_eq!(open(&table, "bob", "b1"), Ok(Some("a2".to_owned())), "a1 was idle longer, but is busy");
        drop(call);
    }

    #[test]
    fn uninitialized_sessions_are_busy() {
        let table = Arc::new(SessionTable::new(1));
        table.reserve(owner("alice")).unwrap().0.open("a1");
        assert!(!table.has_room_for(&owner("alice")));
        assert_eq!(table.reserve(owner("alice")).map(drop), Err(TooManySessions));
        assert!(table.has_room_for(&owner("bob")), "they do not block other principals");
        table.initialized("a1");
        assert!(table.has_room_for(&owner("alice")));
        assert_eq!(open(&table, "alice", "a2"), Ok(Some("a1".to_owned())));
    }

    #[test]
    fn busy_sessions_of_the_largest_holder_yield_to_others() {
        let table = Arc::new(SessionTable::new(1));
        open(&table, "alice", "a1").unwrap();
        let _call = table.start("a1", RequestId::Integer(1)).unwrap();
        assert_eq!(open(&table, "bob", "b1"), Ok(Some("a1".to_owned())));
    }

    #[test]
    fn sessions_being_created_count_and_are_not_evicted() {
        let table = Arc::new(SessionTable::new(2));
        let (first, _) = table.reserve(owner("alice")).unwrap();
        let (second, _) = table.reserve(None).unwrap();
        assert_eq!(table.reserve(owner("bob")).map(drop), Err(TooManySessions));
        drop(first);
        let (third, evicted) = table.reserve(owner("bob")).unwrap();
        assert_eq!(evicted, None);
        drop((second, third));
        let state = table.lock();
        assert_eq!((state.total, state.held.len()), (0, 0));
    }

    #[test]
    fn simultaneous_reservations_never_exceed_the_limit() {
        let table = Arc::new(SessionTable::new(10));
        let start = std::sync::Barrier::new(8);
        let reserve = || {
            start.wait();
            (0..100).filter_map(|_| table.reserve(owner("alice")).ok()).collect::<Vec<_>>()
        };
        let kept: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(reserve)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(kept.len(), 10);
        drop(kept);
        assert_eq!(table.lock().total, 0, "all of them were dropped");
    }

    #[test]
    fn no_session_is_allowed_with_a_limit_of_zero() {
        assert_eq!(Arc::new(SessionTable::new(0)).reserve(None).map(drop), Err(TooManySessions));
    }

    #[test]
    fn request_is_in_progress_until_its_last_clone_is_dropped() {
        let table = Arc::new(SessionTable::new(1));
        open(&table, "alice", "a1").unwrap();
        let first = table.start("a1", RequestId::Integer(1)).unwrap();
        let again = || table.start("a1", RequestId::Integer(1)).map(drop);
        assert_eq!(table.start("a2", RequestId::Integer(1)).map(drop), Err(NotStarted::NoSession));
        let clone = first.clone();
        drop(first);
        assert_eq!(again(), Err(NotStarted::Rejected(Rejected::IdInUse)));
        drop(clone);
        assert_eq!((again(), again()), (Ok(()), Ok(())));
    }

    #[test]
    fn longest_idle_of_all_largest_holders_is_evicted() {
        let table = Arc::new(SessionTable::new(20));
        for owner in 0..20 {
            open(&table, &format!("owner{owner}"), &format!("s{owner}")).unwrap();
        }
        let _busy = table.start("s0", RequestId::Integer(1)).unwrap();
        assert_eq!(open(&table, "new", "n1"), Ok(Some("s1".to_owned())));
        assert_eq!(open(&table, "newer", "n2"), Ok(Some("s2".to_owned())));
    }

    #[test]
    fn request_of_an_ended_session_counts_until_it_ends() {
        let table = Arc::new(SessionTable::new(1));
        open(&table, "alice", "a1").unwrap();
        let request = table.start("a1", RequestId::Integer(1)).unwrap();
        table.close("a1");
        table.close("a1");
        assert!(table.lock().requests.has_any("a1"), "its operation may still run");
        drop(request);
        let state = table.lock();
        assert!(state.total == 0 && !state.requests.has_any("a1"));
    }
}
