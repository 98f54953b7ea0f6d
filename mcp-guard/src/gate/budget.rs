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
mod tests {
    use super::*;
    use crate::token::{TokenParts, ValidatedToken};

    fn share(budget: &BodyBudget, subject: usize) -> Share {
        let parts = TokenParts { subject: subject.to_string(), ..TokenParts::default() };
        budget.share(Some(ValidatedToken::new(parts).principal()))
    }

    /// Returns empty shares of subjects in different groups.
    fn shares(budget: &BodyBudget, count: usize) -> Vec<Share> {
        let mut shares: Vec<Share> = Vec::new();
        for share in (0..).map(|subject| share(budget, subject)) {
            if shares.len() == count {
                break;
            }
            if shares.iter().all(|other| other.payer != share.payer) {
                shares.push(share);
            }
        }
        shares
    }

    #[test]
    fn share_returns_its_bytes_when_dropped() {
        let budget = BodyBudget::plain(100, 10);
        let mut share = budget.authenticated();
        assert_eq!(share.grow(60), Ok(()));
        assert_eq!(share.grow(40), Ok(()));
        assert_eq!(budget.authenticated().grow(1), Err(Exhausted::Now));
        drop(share);
        assert_eq!(budget.available(), 100);
        assert_eq!(budget.authenticated().grow(100), Ok(()), "the bytes are also returned to its principal");
    }

    #[test]
    fn share_returns_the_bytes_that_it_shrinks_by() {
        let budget = BodyBudget::plain(100, 10);
        let mut share = budget.authenticated();
        share.grow(100).unwrap();
        share.shrink_to(30);
        assert_eq!(budget.available(), 70);
        share.shrink_to(90);
        assert_eq!(budget.available(), 70, "it never grows by shrinking");
        assert_eq!(budget.authenticated().grow(70), Ok(()));
        drop(share);
        assert_eq!(budget.available(), 100);
    }

    #[test]
    fn shrunk_share_leaves_room_for_its_subject() {
        let sizes = BudgetSizes { authenticated: 100, largest: 10, unauthenticated: 10, largest_unauthenticated: 10 };
        let budget = BodyBudget::new(sizes);
        let mut first = budget.authenticated();
        assert_eq!(first.grow(50), Ok(()));
        first.shrink_to(20);
        let mut second = budget.authenticated();
        assert_eq!((second.grow(31), second.grow(30)), (Err(Exhausted::Now), Ok(())));
        drop((first, second));
        assert_eq!(budget.authenticated().grow(50), Ok(()));
    }

    #[test]
    fn rejected_share_does_not_count_for_its_subject() {
        let sizes = BudgetSizes { authenticated: 100, largest: 10, unauthenticated: 10, largest_unauthenticated: 10 };
        let budget = BodyBudget::new(sizes);
        let mut others = shares(&budget, 3);
        let mut rejected = others.remove(0);
        for other in &mut others {
            assert_eq!(other.grow(50), Ok(()));
        }
        assert_eq!(rejected.grow(50), Err(Exhausted::Now), "the others use all of the budget");
        drop(others);
        assert_eq!(rejected.grow(50), Ok(()));
    }

    #[test]
    fn both_kinds_of_callers_have_their_own_budget() {
        let budget = BodyBudget::plain(100, 10);
        let mut unauthenticated = budget.share(None);
        assert_eq!(unauthenticated.grow(10), Ok(()));
        assert_eq!(budget.share(None).grow(1), Err(Exhausted::Now));
        let mut authenticated = budget.authenticated();
        assert_eq!(authenticated.grow(100), Ok(()));
        drop(unauthenticated);
        assert_eq!(budget.share(None).grow(10), Ok(()), "also while the other budget is exhausted");
    }

    #[test]
    fn large_requests_leave_room_for_small_ones() {
        const KIB: usize = 1024;
        let budget = BodyBudget::new(BudgetSizes {
            authenticated: 9000 * KIB,
            largest: 1000 * KIB,
            unauthenticated: 500 * KIB,
            largest_unauthenticated: 100 * KIB,
        });
        let mut large = shares(&budget, 10);
        let mut small = large.remove(0);
        let taken = large.iter_mut().filter_map(|share| share.grow(1000 * KIB).ok()).count();
        assert_eq!(taken, 8, "a ninth one would leave nothing");
        assert_eq!(small.grow(64 * KIB), Ok(()));
        assert_eq!(share(&budget, 0).grow(KIB), Err(Exhausted::Now), "a second one of the same subject");
        assert_eq!(small.grow(64 * KIB), Err(Exhausted::Now), "no longer small");

        let mut unauthenticated: Vec<Share> = (0..10).map(|_| budget.share(None)).collect();
        let taken = unauthenticated.iter_mut().filter_map(|share| share.grow(64 * KIB).ok()).count();
        assert_eq!(taken, 6, "100 KiB are reserved");
        assert_eq!(budget.share(None).grow(4 * KIB), Ok(()));
    }

    #[test]
    fn one_subject_leaves_room_for_the_others() {
        let sizes = BudgetSizes { authenticated: 100, largest: 10, unauthenticated: 10, largest_unauthenticated: 10 };
        let budget = BodyBudget::new(sizes);
        let mut others = shares(&budget, 2);
        let mut first = others.remove(0);
        assert_eq!(first.grow(50), Ok(()));
        let parts = TokenParts { subject: "0".into(), client_id: Some("other".into()), ..TokenParts::default() };
        let other_client = ValidatedToken::new(parts);
        assert_eq!(budget.share(Some(other_client.principal())).grow(1), Err(Exhausted::Now));
        assert_eq!(others[0].grow(50), Ok(()));
        drop(first);
        assert_eq!(share(&budget, 0).grow(50), Ok(()));
    }

    #[test]
    fn request_over_the_limit_is_always_exhausted() {
        let budget = BodyBudget::plain(usize::MAX, usize::MAX);
        assert_eq!(budget.authenticated().grow(usize::MAX), Err(Exhausted::Always));
        assert_eq!(budget.share(None).grow(usize::MAX), Err(Exhausted::Always));
        let sizes = BudgetSizes { authenticated: 100, largest: 10, unauthenticated: 10, largest_unauthenticated: 10 };
        assert_eq!(BodyBudget::new(sizes).authenticated().grow(51), Err(Exhausted::Always));
        assert_eq!(BodyBudget::new(sizes).share(None).grow(11), Err(Exhausted::Always));
        // A quarter of the bytes that remain after the largest body is reserved for small shares.
        let sizes = BudgetSizes { unauthenticated: 100 * 1024, largest_unauthenticated: 20 * 1024, ..sizes };
        let mut share = BodyBudget::new(sizes).share(None);
        assert_eq!((share.grow(80 * 1024), share.grow(1)), (Ok(()), Err(Exhausted::Always)));
        // The same holds where half of the budget is as large as a body with its parsed form.
        let sizes = BudgetSizes { authenticated: 800 * 1024, largest: 400 * 1024, ..sizes };
        let mut share = BodyBudget::new(sizes).authenticated();
        assert_eq!((share.grow(750 * 1024), share.grow(1)), (Ok(()), Err(Exhausted::Always)));
    }
}
