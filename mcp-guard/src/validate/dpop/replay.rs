//! Replay protection for proofs (RFC 9449 section 11.1).
//!
//! 1. Each proof is remembered until it expires, and never evicted earlier. When the memory is full, further proofs are
//!    rejected.
//! 2. Lookup and insertion are one step, so that only one of several concurrent uses succeeds.
//! 3. Entries are hashes of key and `jti`. All have the same size, and a client cannot block the `jti` of another
//!    client.
//! 4. A clock that is set back does not make expired proofs usable again.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::token::Thumbprint;

/// The hash of a proof.
pub(crate) type ProofHash = [u8; 32];

/// Returns the hash of a `jti` that was signed with the key of this thumbprint.
pub(super) fn hash(key: &Thumbprint, id: &str) -> ProofHash {
    // The thumbprint has a fixed length, so different pairs have different inputs.
    Sha256::new().chain_update(key).chain_update(id).finalize().into()
}

/// The reason why a proof cannot be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ReplayError {
    /// The proof was used before, or has expired.
    Used,
    /// The memory is full.
    Full {
        /// The time until an entry expires.
        retry_after: Duration,
    },
}

/// The used proofs that have not expired.
pub(super) struct Replays {
    max: usize,
    used: Mutex<Used>,
}

#[derive(Default)]
struct Used {
    hashes: HashSet<ProofHash>,
    /// The hashes, ordered by the last second of validity.
    by_expiry: BTreeSet<(u64, ProofHash)>,
    /// The latest time of any request.
    latest: u64,
}

impl Replays {
    pub(super) fn new(max: usize) -> Self {
        Self { max, used: Mutex::default() }
    }

    /// Remembers a proof that is valid until the end of the second `expires`. Times are in seconds since the epoch.
    pub(super) fn remember(&self, proof: ProofHash, expires: u64, now: u64) -> Result<(), ReplayError> {
        // The code below cannot panic between its steps, so the state is consistent after a panic elsewhere.
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.forget_until(now);
        // The proof may have expired while the token was validated. It would be removed at once, so a second request
        // could use it.
        if expires < used.latest || used.hashes.contains(&proof) {
            return Err(ReplayError::Used);
        }
        if used.hashes.len() >= self.max {
            let next = used.by_expiry.first().map_or(0, |(expires, _)| *expires);
            let seconds = next.saturating_add(1).saturating_sub(used.latest).max(1);
            return Err(ReplayError::Full { retry_after: Duration::from_secs(seconds) });
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

    fn full(seconds: u64) -> Result<(), ReplayError> {
        Err(ReplayError::Full { retry_after: Duration::from_secs(seconds) })
    }

    #[test]
    fn proof_is_accepted_once() {
        let replays = Replays::new(10);
        assert_eq!(replays.remember(proof(1), 160, 100), Ok(()));
        for now in [100, 130, 160] {
            assert_eq!(replays.remember(proof(1), 160, now), Err(ReplayError::Used), "{now}");
        }
        assert_eq!(replays.remember(proof(2), 160, 160), Ok(()), "another proof");
        assert_eq!(replays.remember(proof(1), 220, 161), Ok(()), "the jti is available after the first proof expires");
    }

    #[test]
    fn expired_proof_is_rejected() {
        let replays = Replays::new(10);
        assert_eq!(replays.remember(proof(1), 160, 161), Err(ReplayError::Used), "expired during token validation");
        assert_eq!(replays.remember(proof(1), 160, 160), Err(ReplayError::Used));
    }

    #[test]
    fn clock_set_back_does_not_allow_replay() {
        let replays = Replays::new(10);
        assert_eq!(replays.remember(proof(1), 160, 100), Ok(()));
        assert_eq!(replays.remember(proof(2), 260, 200), Ok(()));
        assert_eq!(replays.remember(proof(1), 160, 100), Err(ReplayError::Used));
    }

    #[test]
    fn full_memory_evicts_no_valid_proof() {
        let replays = Replays::new(2);
        assert_eq!(replays.remember(proof(1), 150, 100), Ok(()));
        assert_eq!(replays.remember(proof(2), 160, 100), Ok(()));
        assert_eq!(replays.remember(proof(3), 160, 100), full(51));
        assert_eq!(replays.remember(proof(1), 150, 100), Err(ReplayError::Used), "still remembered");
        assert_eq!(replays.remember(proof(3), 160, 150), full(1));
        assert_eq!(replays.remember(proof(3), 160, 151), Ok(()), "the first proof has expired");
        assert_eq!(replays.remember(proof(2), 160, 151), Err(ReplayError::Used));
    }

    #[test]
    fn concurrent_replays_succeed_once() {
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
    fn jti_is_scoped_to_the_client_key() {
        assert_ne!(hash(&[1; 32], "jti"), hash(&[2; 32], "jti"));
        assert_ne!(hash(&[1; 32], "jti"), hash(&[1; 32], "other"));
    }
}
