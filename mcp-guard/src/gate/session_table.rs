//! Counts the legacy sessions of each principal and enforces their limit.
//!
//! 1. A session is counted before rmcp creates it, in one step with the check of the limit.
//! 2. At the limit, the principal with the most sessions loses the one that was idle longest. A new session is rejected
//!    only if its own principal has the most and all of these are busy.
//! 3. A session is busy until its `initialize` request is answered, and while it has a request in progress.
//!    (`requests_in_progress`)
//! 4. A session ends when the token that opened it is revoked.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::requests_in_progress::{Rejected, RequestsInProgress};
use crate::metrics;
use crate::token::{OwnedPrincipal, ValidatedToken};
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
    /// The token that opened it. `None` for anonymous callers.
    opened_by: Option<ValidatedToken>,
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
    opened_by: Option<ValidatedToken>,
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
        metrics::opened_session();
        drop(state);
        Ok((Reservation { table: Arc::clone(self), owner, opened_by: None, is_open: false }, evicted))
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

    /// Removes the sessions that these tokens opened. Returns their ids.
    pub(crate) fn remove_opened_by(&self, is_ended: impl Fn(&ValidatedToken) -> bool) -> Vec<Arc<str>> {
        let opened: Vec<_> = {
            let state = self.lock();
            let opened = |(id, session): (&Arc<str>, &Session)| Some((Arc::clone(id), session.opened_by.clone()?));
            state.sessions.iter().filter_map(opened).collect()
        };
        let ended: Vec<_> = opened.into_iter().filter(|(_, token)| is_ended(token)).map(|(id, _)| id).collect();
        let mut state = self.lock();
        ended.iter().for_each(|id| state.remove(id));
        ended
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
        metrics::closed_session();
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
    /// Sets the token that opens the session.
    pub(crate) fn by(mut self, token: Option<&ValidatedToken>) -> Self {
        self.opened_by = token.cloned();
        self
    }

    /// Records that the session has been created.
    pub(crate) fn open(mut self, id: &str) {
        let session = Session {
            owner: self.owner.clone(),
            opened_by: self.opened_by.take(),
            last_used: Instant::now(),
            is_initialized: false,
        };
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

#[cfg(test)]
impl SessionTable {
    pub(crate) fn is_open(&self, id: &str) -> bool {
        self.lock().sessions.contains_key(id)
    }
}

opaque_debug!(Reservation);

opaque_debug!(UsedId);

#[cfg(test)]
mod tests;
