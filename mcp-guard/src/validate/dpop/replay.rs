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
mod tests;
