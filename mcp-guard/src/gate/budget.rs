//! Limits the memory that request bodies take together.
//!
//! 1. A body counts for the memory that is allocated for it, not for the bytes that arrived.
//! 2. A message counts once more for what rmcp parses it into, which may be 170 times as large as its text. (`json`)
//! 3. Bodies of unauthenticated callers have a budget of their own within the total.
//! 4. Large requests leave room for small ones, and one principal leaves room for the others.
//! 5. A body counts until its last owner drops it: the gate, rmcp, and the operation that has its arguments.

use std::fmt;
use std::hash::BuildHasher as _;
use std::hash::RandomState;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;

use crate::token::Principal;

/// How many groups the principals are counted in. Two that fall into one group share its part of the budget.
const GROUPS: usize = 1024;

/// The budget of a server, shared by its layers.
#[derive(Clone)]
pub(super) struct BodyBudget(Arc<Pools>);

struct Pools {
    total: Pool,
    /// The part of the total for requests without a token.
    unauthenticated: Pool,
    /// The bytes in use by each group of principals.
    groups: Box<[AtomicUsize]>,
    /// The most bytes that one group may use.
    max_group: usize,
    hasher: RandomState,
}

/// Bytes to take.
struct Pool {
    bytes: Arc<Semaphore>,
    /// A share of up to this size is small.
    small: usize,
    /// The bytes that only small shares may take.
    reserve: usize,
}

/// The caller that a share counts for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Payer {
    Unauthenticated,
    Group(usize),
}

/// A share of the budget, which is returned when it is dropped.
pub(super) struct Share {
    budget: BodyBudget,
    payer: Payer,
    bytes: usize,
    total: Option<OwnedSemaphorePermit>,
    unauthenticated: Option<OwnedSemaphorePermit>,
}

/// The budget is used up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Exhausted;

impl Pool {
    /// A pool of `bytes`, of which `1 / part` are kept for small shares as far as a body of `largest` bytes leaves them.
    fn new(bytes: usize, largest: usize, small: usize, part: usize) -> Self {
        let bytes = bytes.min(Semaphore::MAX_PERMITS);
        let reserve = bytes.saturating_sub(largest) / part;
        Self { bytes: Arc::new(Semaphore::new(bytes)), small, reserve }
    }

    /// Takes `bytes` for a share that has `size` with them.
    fn take(&self, bytes: u32, size: usize) -> Result<OwnedSemaphorePermit, Exhausted> {
        // Two large shares at once may both take from the reserve: it is a courtesy, and the total is a limit.
        let needed = if size > self.small { self.reserve } else { 0 };
        if self.bytes.available_permits() < needed.saturating_add(bytes as usize) {
            return Err(Exhausted);
        }
        Arc::clone(&self.bytes).try_acquire_many_owned(bytes).map_err(|_| Exhausted)
    }
}

/// The sizes of a budget, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct BudgetSizes {
    pub(super) total: usize,
    pub(super) largest: usize,
    pub(super) unauthenticated: usize,
    pub(super) largest_unauthenticated: usize,
}

impl BodyBudget {
    pub(super) fn new(sizes: BudgetSizes) -> Self {
        let groups = std::iter::repeat_with(AtomicUsize::default).take(GROUPS).collect();
        Self(Arc::new(Pools {
            total: Pool::new(sizes.total, sizes.largest, 64 * 1024, 8),
            unauthenticated: Pool::new(sizes.unauthenticated, sizes.largest_unauthenticated, 4 * 1024, 4),
            groups,
            // At least a body of the largest size, and as much text once it is parsed.
            max_group: (sizes.total / 2).max(sizes.largest.saturating_mul(2)),
            hasher: RandomState::new(),
        }))
    }

    /// An empty share for a request of this principal, or an unauthenticated one.
    pub(super) fn share(&self, principal: Option<Principal<'_>>) -> Share {
        let group = |principal| self.0.hasher.hash_one(principal) as usize % GROUPS;
        let payer = principal.map_or(Payer::Unauthenticated, |principal| Payer::Group(group(principal)));
        Share { budget: self.clone(), payer, bytes: 0, total: None, unauthenticated: None }
    }

    /// The bytes of the total that are not in use.
    #[cfg(test)]
    pub(super) fn available(&self) -> usize {
        self.0.total.bytes.available_permits()
    }
}

impl Share {
    /// Adds `bytes` to the share.
    ///
    /// # Errors
    ///
    /// [`Exhausted`] when the budget has too little left. The share is unchanged then.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), Exhausted> {
        if bytes == 0 {
            return Ok(());
        }
        let pools = &self.budget.0;
        let size = self.bytes.saturating_add(bytes);
        let permits = u32::try_from(bytes).map_err(|_| Exhausted)?;
        match self.payer {
            Payer::Unauthenticated => {
                let unauthenticated = pools.unauthenticated.take(permits, size)?;
                let total = pools.total.take(permits, size)?;
                merge(&mut self.unauthenticated, unauthenticated);
                merge(&mut self.total, total);
            }
            Payer::Group(group) => {
                let used = &pools.groups[group];
                let add = |used: usize| used.checked_add(bytes).filter(|used| *used <= pools.max_group);
                used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).map_err(|_| Exhausted)?;
                let total = pools.total.take(permits, size).inspect_err(|_| {
                    used.fetch_sub(bytes, Ordering::Relaxed);
                })?;
                merge(&mut self.total, total);
            }
        }
        self.bytes = size;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Payer::Group(group) = self.payer {
            self.budget.0.groups[group].fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }
}

fn merge(share: &mut Option<OwnedSemaphorePermit>, more: OwnedSemaphorePermit) {
    match share {
        Some(share) => share.merge(more),
        None => *share = Some(more),
    }
}

impl fmt::Debug for BodyBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyBudget")
            .field("available", &self.0.total.bytes.available_permits())
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
    /// A budget without a reserve.
    pub(super) fn plain(total: usize, unauthenticated: usize) -> Self {
        Self::new(BudgetSizes { total, largest: total, unauthenticated, largest_unauthenticated: unauthenticated })
    }

    /// A share for an authenticated caller.
    pub(super) fn authenticated(&self) -> Share {
        let parts = crate::token::TokenParts { subject: "alice".into(), ..Default::default() };
        self.share(Some(crate::token::ValidatedToken::new(parts).principal()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::TokenParts;
    use crate::token::ValidatedToken;

    #[test]
    fn share_returns_its_bytes_when_dropped() {
        let budget = BodyBudget::plain(100, 10);
        let mut share = budget.authenticated();
        assert_eq!(share.grow(60), Ok(()));
        assert_eq!(share.grow(40), Ok(()));
        assert_eq!(share.grow(1), Err(Exhausted));
        assert_eq!(budget.authenticated().grow(1), Err(Exhausted));
        drop(share);
        assert_eq!(budget.available(), 100);
        assert_eq!(budget.authenticated().grow(100), Ok(()), "its principal has the bytes back as well");
    }

    #[test]
    fn unauthenticated_callers_have_a_part_of_the_total() {
        let budget = BodyBudget::plain(100, 10);
        let mut unauthenticated = budget.share(None);
        assert_eq!(unauthenticated.grow(10), Ok(()));
        assert_eq!(budget.share(None).grow(1), Err(Exhausted));
        assert_eq!(budget.available(), 90, "it counts for the total as well");
        let mut authenticated = budget.authenticated();
        assert_eq!(authenticated.grow(91), Err(Exhausted));
        assert_eq!(authenticated.grow(90), Ok(()));
        drop(unauthenticated);
        assert_eq!(budget.share(None).grow(11), Err(Exhausted), "the total has room, their part has not");
        assert_eq!(budget.available(), 10, "a refused share takes nothing");
    }

    #[test]
    fn large_requests_leave_room_for_small_ones() {
        const KIB: usize = 1024;
        let sizes = BudgetSizes {
            total: 9000 * KIB,
            largest: 1000 * KIB,
            unauthenticated: 500 * KIB,
            largest_unauthenticated: 100 * KIB,
        };
        let budget = BodyBudget::new(sizes);
        // A principal each: one alone may use half of it.
        let share = |subject: usize| {
            let parts = TokenParts { subject: subject.to_string(), ..TokenParts::default() };
            budget.share(Some(ValidatedToken::new(parts).principal()))
        };
        let mut large: Vec<Share> = (0..9).map(share).collect();
        let taken = large.iter_mut().filter_map(|share| share.grow(1000 * KIB).ok()).count();
        assert_eq!(taken, 8, "a ninth one would leave nothing");
        assert_eq!(share(100).grow(64 * KIB), Ok(()), "a small one");
        let mut growing = share(101);
        assert_eq!((growing.grow(64 * KIB), growing.grow(64 * KIB)), (Ok(()), Err(Exhausted)), "no longer small");

        let mut unauthenticated: Vec<Share> = (0..5).map(|_| budget.share(None)).collect();
        let taken = unauthenticated.iter_mut().filter_map(|share| share.grow(64 * KIB).ok()).count();
        assert_eq!(taken, 5);
        let mut further: Vec<Share> = (0..5).map(|_| budget.share(None)).collect();
        assert_eq!(further.iter_mut().filter_map(|share| share.grow(64 * KIB).ok()).count(), 1, "100 KiB are reserved");
        assert_eq!(budget.share(None).grow(4 * KIB), Ok(()));
    }

    #[test]
    fn one_principal_leaves_room_for_the_others() {
        let budget =
            BodyBudget::new(BudgetSizes { total: 100, largest: 10, unauthenticated: 10, largest_unauthenticated: 10 });
        let mut first = budget.authenticated();
        assert_eq!(first.grow(50), Ok(()));
        assert_eq!(budget.authenticated().grow(1), Err(Exhausted));
        let other = ValidatedToken::new(TokenParts { subject: "bob".into(), ..TokenParts::default() });
        assert_eq!(budget.share(Some(other.principal())).grow(50), Ok(()));
        drop(first);
        assert_eq!(budget.authenticated().grow(50), Ok(()));
    }

    #[test]
    fn sizes_beyond_the_semaphore_are_refused() {
        let budget = BodyBudget::plain(usize::MAX, usize::MAX);
        assert_eq!(budget.authenticated().grow(usize::MAX), Err(Exhausted));
        assert_eq!(budget.share(None).grow(usize::MAX), Err(Exhausted));
    }
}
