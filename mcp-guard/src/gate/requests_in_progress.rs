//! Counts the requests in progress in legacy sessions.
//!
//! 1. A JSON-RPC id in use cannot be used by a second request of the session (JSON-RPC 2.0 section 4: the id correlates
//!    a request with its response).
//! 2. The requests in progress of a session and of a principal are limited, because they continue when the client
//!    disconnects.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::session_table::{Owner, decrement};
use crate::rule::Rule;
use crate::wire::answer::RequestId;

/// The maximum number of requests in progress per session.
const MAX_REQUESTS: usize = 100;
/// The maximum number of requests in progress in all sessions of a principal.
const MAX_REQUESTS_OF_PRINCIPAL: usize = 400;
/// The maximum length of a request id, in bytes. Clients choose ids, and the server stores them.
const MAX_ID: usize = 256;

/// The requests in progress of all sessions.
#[derive(Default)]
pub(super) struct RequestsInProgress {
    /// The ids in use, per session.
    ids: HashMap<Arc<str>, HashSet<RequestId>>,
    /// The number of requests in progress, per principal.
    of_principals: HashMap<Owner, usize>,
}

/// The reason why a request cannot start.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Rejected {
    /// Another request with this id is in progress.
    IdInUse,
    /// The id is too long.
    IdTooLong,
    /// The session or its principal has too many requests in progress.
    TooMany,
}

impl Rejected {
    /// Returns the rule that rejects the request.
    pub(super) const fn rule(self) -> Rule {
        match self {
            Self::IdInUse => Rule::RequestIdInUse,
            Self::IdTooLong => Rule::RequestIdTooLong,
            Self::TooMany => Rule::SessionRequestLimit,
        }
    }
}

impl RequestsInProgress {
    /// Counts a request in a session of `owner`.
    ///
    /// # Errors
    ///
    /// [`Rejected`] states why the request cannot start.
    pub(super) fn add(&mut self, session: &Arc<str>, owner: &Owner, id: &RequestId) -> Result<(), Rejected> {
        if matches!(id, RequestId::Text(text) if text.len() > MAX_ID) {
            return Err(Rejected::IdTooLong);
        }
        let in_session = match self.ids.get(session) {
            Some(ids) if ids.contains(id) => return Err(Rejected::IdInUse),
            Some(ids) => ids.len(),
            None => 0,
        };
        let of_principal = self.of_principals.get(owner).copied().unwrap_or_default();
        if in_session >= MAX_REQUESTS || of_principal >= MAX_REQUESTS_OF_PRINCIPAL {
            return Err(Rejected::TooMany);
        }
        self.ids.entry(Arc::clone(session)).or_default().insert(id.clone());
        self.of_principals.insert(owner.clone(), of_principal + 1);
        Ok(())
    }

    /// Removes a request, also after its session has ended, because its operation may run longer. Its id is free again.
    pub(super) fn remove(&mut self, session: &str, owner: &Owner, id: &RequestId) {
        if let Some(ids) = self.ids.get_mut(session) {
            ids.remove(id);
            if ids.is_empty() {
                self.ids.remove(session);
            }
        }
        decrement(&mut self.of_principals, owner);
    }

    /// Returns whether a session has a request in progress.
    pub(super) fn has_any(&self, session: &str) -> bool {
        self.ids.contains_key(session)
    }
}

#[cfg(test)]
mod tests;
