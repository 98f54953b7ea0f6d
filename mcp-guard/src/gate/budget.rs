//! Limits the memory that request bodies take together.
//!
//! 1. A body counts for the memory that is allocated for it, not for the bytes that arrived.
//! 2. A message counts once more for what rmcp parses it into, which may be 170 times as large as its text. (`json`)
//! 3. Bodies of unauthenticated callers have a budget of their own within the total.
//! 4. A body counts until its last owner drops it: the gate, rmcp, and the operation that has its arguments.

use std::fmt;
use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;

/// The budget of a server, shared by its layers.
#[derive(Clone)]
pub(super) struct BodyBudget {
    total: Arc<Semaphore>,
    unauthenticated: Arc<Semaphore>,
}

/// A share of the budget, which is returned when it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    budget: BodyBudget,
    is_authenticated: bool,
    total: Option<OwnedSemaphorePermit>,
    unauthenticated: Option<OwnedSemaphorePermit>,
}

/// The budget is used up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Exhausted;

impl BodyBudget {
    /// A budget of `total` bytes, of which unauthenticated callers may use `unauthenticated`.
    pub(super) fn new(total: usize, unauthenticated: usize) -> Self {
        let semaphore = |bytes: usize| Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS)));
        Self { total: semaphore(total), unauthenticated: semaphore(unauthenticated) }
    }

    /// An empty share for a body.
    pub(super) fn share(&self, is_authenticated: bool) -> Share {
        Share { budget: self.clone(), is_authenticated, total: None, unauthenticated: None }
    }

    /// The bytes of the total that are not in use.
    #[cfg(test)]
    pub(super) fn available(&self) -> usize {
        self.total.available_permits()
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
        let bytes = u32::try_from(bytes).map_err(|_| Exhausted)?;
        let acquire =
            |semaphore: &Arc<Semaphore>| Arc::clone(semaphore).try_acquire_many_owned(bytes).map_err(|_| Exhausted);
        let unauthenticated = match self.is_authenticated {
            true => None,
            false => Some(acquire(&self.budget.unauthenticated)?),
        };
        let total = acquire(&self.budget.total)?;
        merge(&mut self.total, total);
        if let Some(permit) = unauthenticated {
            merge(&mut self.unauthenticated, permit);
        }
        Ok(())
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
            .field("available", &self.total.available_permits())
            .field("available_unauthenticated", &self.unauthenticated.available_permits())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_returns_its_bytes_when_dropped() {
        let budget = BodyBudget::new(100, 10);
        let mut share = budget.share(true);
        assert_eq!(share.grow(60), Ok(()));
        assert_eq!(share.grow(40), Ok(()));
        assert_eq!(share.grow(1), Err(Exhausted));
        assert_eq!(budget.share(true).grow(1), Err(Exhausted));
        drop(share);
        assert_eq!(budget.available(), 100);
    }

    #[test]
    fn unauthenticated_callers_have_a_part_of_the_total() {
        let budget = BodyBudget::new(100, 10);
        let mut unauthenticated = budget.share(false);
        assert_eq!(unauthenticated.grow(10), Ok(()));
        assert_eq!(budget.share(false).grow(1), Err(Exhausted));
        assert_eq!(budget.available(), 90, "it counts for the total as well");
        let mut authenticated = budget.share(true);
        assert_eq!(authenticated.grow(91), Err(Exhausted));
        assert_eq!(authenticated.grow(90), Ok(()));
        drop(unauthenticated);
        assert_eq!(budget.share(false).grow(11), Err(Exhausted), "the total has room, their part has not");
        assert_eq!(budget.available(), 10, "a refused share takes nothing");
    }

    #[test]
    fn sizes_beyond_the_semaphore_are_refused() {
        let budget = BodyBudget::new(usize::MAX, usize::MAX);
        assert_eq!(budget.share(true).grow(usize::MAX), Err(Exhausted));
    }
}
