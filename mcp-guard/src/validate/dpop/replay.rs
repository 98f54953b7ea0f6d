//! Which proofs were used (RFC 9449 section 11.1).
//!
//! 1. Each is remembered until it is too old to be used again, and never goes before that: when there is no more room, further ones are refused.
//! 2. Looked for and written down in one step, so that of two at once only one passes.
//! 3. By a hash over the key and the `jti`, so that one of any length takes the same room, and nobody uses up the `jti` of another client.
//! 4. A clock that is set back does not bring back what is forgotten.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::token::Thumbprint;

/// What a proof is remembered by.
pub(crate) type ProofHash = [u8; 32];

/// The hash for a `jti` that was signed with the key of this thumbprint.
pub(super) fn hash(key: &Thumbprint, id: &str) -> ProofHash {
    // The thumbprint has a fixed length, so no two pairs look alike.
    Sha256::new().chain_update(key).chain_update(id).finalize().into()
}

/// Why a proof is not written down.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unremembered {
    /// It was used before, or it is too old by now.
    Used,
    /// There is no room.
    Full {
        /// When there will be some.
        retry_after: Duration,
    },
}

/// The proofs that were used, while they are fresh.
pub(super) struct Replays {
    max: usize,
    used: Mutex<Used>,
}

#[derive(Default)]
struct Used {
    hashes: HashSet<ProofHash>,
    /// The same, ordered by the last second in which each is fresh.
    by_expiry: BTreeSet<(u64, ProofHash)>,
    /// The latest time that was ever seen.
    latest: u64,
}

impl Replays {
    pub(super) fn new(max: usize) -> Self {
        Self { max, used: Mutex::default() }
    }

    /// Writes down a proof that is fresh until and including the second `expires`. Times are in seconds since the epoch.
    pub(super) fn remember(&self, proof: ProofHash, expires: u64, now: u64) -> Result<(), Unremembered> {
        // Nothing below can panic halfway: what another thread left behind is whole.
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.forget_until(now);
        // The token may have taken long to validate. What is too old would be forgotten at once, and could be used by a second request that waited as well.
        if expires < used.latest || used.hashes.contains(&proof) {
            return Err(Unremembered::Used);
        }
        if used.hashes.len() >= self.max {
            let next = used.by_expiry.first().map_or(0, |(expires, _)| *expires);
            let seconds = next.saturating_add(1).saturating_sub(used.latest).max(1);
            return Err(Unremembered::Full { retry_after: Duration::from_secs(seconds) });
        }
        used.hashes.insert(proof);
        used.by_expiry.insert((expires, proof));
        Ok(())
    }
}

impl Used {
    fn forget_until(&mut self, now: u64) {
        self.latest = self.latest.max(now);
        while let Some((expires, proof)) = self.by_expiry.first().copied().filter(|(expires, _)| *expires < self.latest)
        {
            self.by_expiry.remove(&(expires, proof));
            self.hashes.remove(&proof);
        }
    }
}

impl fmt::Debug for Replays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replays").field("max", &self.max).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn proof(number: u8) -> ProofHash {
        hash(&[number; 32], "jti")
    }

    fn full(seconds: u64) -> Result<(), Unremembered> {
        Err(Unremembered::Full { retry_after: Duration::from_secs(seconds) })
    }

    #[test]
    fn a_proof_is_used_once_as_long_as_it_is_fresh() {
        let replays = Replays::new(10);
        assert_eq!(replays.remember(proof(1), 160, 100), Ok(()));
        for now in [100, 130, 160] {
            assert_eq!(replays.remember(proof(1), 160, now), Err(Unremembered::Used), "{now}");
        }
        assert_eq!(replays.remember(proof(2), 160, 160), Ok(()), "another one");
        assert_eq!(replays.remember(proof(1), 220, 161), Ok(()), "the jti may come back when the first is forgotten");
    }

    #[test]
    fn what_is_too_old_is_refused_and_not_forgotten_at_once() {
        let replays = Replays::new(10);
        assert_eq!(replays.remember(proof(1), 160, 161), Err(Unremembered::Used), "the token took long");
        assert_eq!(replays.remember(proof(1), 160, 160), Err(Unremembered::Used));
    }

    #[test]
    fn a_clock_that_is_set_back_brings_nothing_back() {
        let replays = Replays::new(10);
        assert_eq!(replays.remember(proof(1), 160, 100), Ok(()));
        assert_eq!(replays.remember(proof(2), 260, 200), Ok(()));
        assert_eq!(replays.remember(proof(1), 160, 100), Err(Unremembered::Used));
    }

    #[test]
    fn when_it_is_full_nothing_is_forgotten_before_its_time() {
        let replays = Replays::new(2);
        assert_eq!(replays.remember(proof(1), 150, 100), Ok(()));
        assert_eq!(replays.remember(proof(2), 160, 100), Ok(()));
        assert_eq!(replays.remember(proof(3), 160, 100), full(51));
        assert_eq!(replays.remember(proof(1), 150, 100), Err(Unremembered::Used), "it is still known");
        assert_eq!(replays.remember(proof(3), 160, 150), full(1));
        assert_eq!(replays.remember(proof(3), 160, 151), Ok(()), "the first is too old by now");
        assert_eq!(replays.remember(proof(2), 160, 151), Err(Unremembered::Used));
    }

    #[test]
    fn of_many_at_once_exactly_one_passes() {
        let (replays, passed, start) = (Replays::new(1_000), AtomicUsize::new(0), Barrier::new(8));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    for number in 0..100 {
                        if replays.remember(proof(number), 160, 100).is_ok() {
                            passed.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                });
            }
        });
        assert_eq!(passed.into_inner(), 100);
    }

    #[test]
    fn one_client_does_not_use_up_the_jti_of_another() {
        assert_ne!(hash(&[1; 32], "jti"), hash(&[2; 32], "jti"));
        assert_ne!(hash(&[1; 32], "jti"), hash(&[1; 32], "other"));
    }
}
