//! Limits the total memory of request bodies.
//!
//! 1. A body counts with its allocated memory, not with the bytes that arrived.
//! 2. A message also counts with the memory that rmcp needs to parse it, up to 170 times its text. (`json`)
//! 3. Authenticated and unauthenticated requests have separate budgets, so that neither can exhaust the other.
//! 4. A principal uses at most half of the budget. A part is reserved for small requests of principals with no other
//!    requests.
//! 5. A body counts until its last owner drops it: the gate, rmcp, and the operation with its arguments. The operation
//!    counts half of the parsed message.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::token::Principal;

/// The number of groups that subjects are hashed into. Subjects in one group share its part of the budget.
const GROUPS: usize = 1024;

/// The budget of a server, shared by its layers.
#[derive(Clone)]
pub(super) struct BodyBudget(Arc<Pools>);

struct Pools {
    authenticated: Pool,
    unauthenticated: Pool,
    /// The bytes in use by each group of subjects.
    groups: Box<[AtomicUsize]>,
    /// The largest number of bytes that one group may use.
    max_group: usize,
    hasher: RandomState,
}

/// A number of bytes to allocate shares from.
struct Pool {
    bytes: Arc<Semaphore>,
    /// The largest size of a small share.
    small: usize,
    /// The bytes that are reserved for small shares.
    reserve: usize,
    /// The largest share.
    largest: usize,
}

/// The caller that a share counts for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Payer {
    Unauthenticated,
    Group(usize),
}

/// A share of the budget. It is returned when it is dropped.
pub(super) struct Share {
    budget: BodyBudget,
    payer: Payer,
    bytes: usize,
    permit: Option<OwnedSemaphorePermit>,
}

/// The reason why a share cannot grow.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Exhausted {
    /// The budget is exhausted at the moment.
    Now,
    /// The share would exceed the largest allowed size.
    Always,
}

impl Pool {
    /// Creates a pool of `bytes`. `1 / part` of the bytes that remain after a body of `largest` bytes is reserved for
    /// small shares.
    fn new(bytes: usize, largest: usize, small: usize, part: usize) -> Self {
        let bytes = bytes.min(Semaphore::MAX_PERMITS);
        let reserve = bytes.saturating_sub(largest) / part;
        Self { bytes: Arc::new(Semaphore::new(bytes)), small, reserve, largest: bytes - reserve }
    }

    /// Takes `bytes` for a payer whose total is then `used`.
    fn take(&self, bytes: usize, used: usize) -> Result<OwnedSemaphorePermit, Exhausted> {
        let permits = u32::try_from(bytes).map_err(|_| Exhausted::Always)?;
        // Two large shares may take from the reserve at the same time. The reserve is best effort, the size of the pool
        // is the limit.
        let kept = if used > self.small { self.reserve } else { 0 };
        if self.bytes.available_permits() < kept.saturating_add(bytes) {
            return Err(Exhausted::Now);
        }
        Arc::clone(&self.bytes).try_acquire_many_owned(permits).map_err(|_| Exhausted::Now)
    }
}

/// The sizes of a budget, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct BudgetSizes {
    pub(super) authenticated: usize,
    pub(super) largest: usize,
    pub(super) unauthenticated: usize,
    pub(super) largest_unauthenticated: usize,
}

impl BodyBudget {
    pub(super) fn new(sizes: BudgetSizes) -> Self {
        let groups = std::iter::repeat_with(AtomicUsize::default).take(GROUPS).collect();
        let authenticated = Pool::new(sizes.authenticated, sizes.largest, 64 * 1024, 8);
        // A body of the largest size and its parsed form fit, unless the reserve for small shares is part of them: a
        // share that can never be granted is then reported as such, and not as one that waits.
        let max_group = (sizes.authenticated / 2).max(sizes.largest.saturating_mul(2)).min(authenticated.largest);
        Self(Arc::new(Pools {
            authenticated,
            unauthenticated: Pool::new(sizes.unauthenticated, sizes.largest_unauthenticated, 4 * 1024, 4),
            groups,
            max_group,
            hasher: RandomState::new(),
        }))
    }

    /// Returns an empty share for this principal, or for an unauthenticated request. All clients of one subject count
    /// together.
    pub(super) fn share(&self, principal: Option<Principal<'_>>) -> Share {
        let group = |principal: Principal<'_>| {
            self.0.hasher.hash_one((principal.issuer(), principal.subject())) as usize % GROUPS
        };
        let payer = principal.map_or(Payer::Unauthenticated, |principal| Payer::Group(group(principal)));
        Share { budget: self.clone(), payer, bytes: 0, permit: None }
    }

    /// Returns the number of free bytes.
    #[cfg(test)]
    pub(super) fn available(&self) -> usize {
        self.0.authenticated.bytes.available_permits()
    }
}

impl Share {
    /// Adds `bytes` to the share.
    ///
    /// # Errors
    ///
    /// [`Exhausted`] when the budget is exhausted. The share is then unchanged.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), Exhausted> {
        if bytes == 0 {
            return Ok(());
        }
        let pools = &self.budget.0;
        let size = self.bytes.checked_add(bytes).ok_or(Exhausted::Always)?;
        let permit = match self.payer {
            Payer::Unauthenticated if size > pools.unauthenticated.largest => return Err(Exhausted::Always),
            Payer::Unauthenticated => pools.unauthenticated.take(bytes, size)?,
            Payer::Group(_) if size > pools.max_group => return Err(Exhausted::Always),
            Payer::Group(group) => {
                let group = &pools.groups[group];
                let add = |used: usize| used.checked_add(bytes).filter(|used| *used <= pools.max_group);
                let before =
                    group.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).map_err(|_| Exhausted::Now)?;
                // The other requests of the group count, so that many small requests cannot use the reserve.
                pools.authenticated.take(bytes, before + bytes).inspect_err(|_| {
                    group.fetch_sub(bytes, Ordering::Relaxed);
                })?
            }
        };
        match &mut self.permit {
            Some(share) => share.merge(permit),
            None => self.permit = Some(permit),
        }
        self.bytes = size;
        Ok(())
    }

    /// Returns all bytes except `bytes` to the budget.
    pub(super) fn shrink_to(&mut self, bytes: usize) {
        let returned = self.bytes.saturating_sub(bytes);
        if let Some(permit) = &mut self.permit {
            drop(permit.split(returned));
        }
        if let Payer::Group(group) = self.payer {
            self.budget.0.groups[group].fetch_sub(returned, Ordering::Relaxed);
        }
        self.bytes -= returned;
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Payer::Group(group) = self.payer {
            self.budget.0.groups[group].fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for BodyBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyBudget")
            .field("available", &self.0.authenticated.bytes.available_permits())
            .field("available_unauthenticated", &self.0.unauthenticated.bytes.available_permits())
            .finish()
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Share").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

#[cfg(test)]
impl BodyBudget {
    /// Returns a budget without a reserve.
    pub(super) fn plain(total: usize, unauthenticated: usize) -> Self {
        Self::new(BudgetSizes {
            authenticated: total,
            largest: total,
            unauthenticated,
            largest_unauthenticated: unauthenticated,
        })
    }

    /// Returns a share for an authenticated caller.
    pub(super) fn authenticated(&self) -> Share {
        let parts = crate::token::TokenParts { subject: "alice".into(), ..Default::default() };
        self.share(Some(crate::token::ValidatedToken::new(parts).principal()))
    }
}

#[cfg(test)]
mod tests;
