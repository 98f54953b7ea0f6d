//! Server nonces (RFC 9449 section 9).
//!
//! A nonce is a MAC of the number of its interval, so nonces need no storage. Like the memory of used proofs, the MAC
//! key exists as long as the process.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// A generator and verifier of nonces.
pub(super) struct Nonces {
    mac: Hmac<Sha256>,
    /// The length of an interval, in seconds.
    rotation: u64,
}

/// The freshness of a nonce.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Freshness {
    /// The nonce of the current interval.
    Current,
    /// The nonce of the previous interval, which is still accepted.
    Previous,
}

impl Nonces {
    pub(super) fn new(rotation: Duration) -> Self {
        let key: [u8; 32] = rand::random();
        let mac = Hmac::new_from_slice(&key).expect("HMAC takes keys of any length");
        Self { mac, rotation: rotation.as_secs().max(1) }
    }

    /// Returns the nonce for `now`, in seconds since the epoch.
    pub(super) fn current(&self, now: u64) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(now / self.rotation).finalize().into_bytes())
    }

    /// Returns the freshness of a nonce at `now`, or `None` if it is expired or was not issued by this process.
    pub(super) fn freshness(&self, nonce: &str, now: u64) -> Option<Freshness> {
        let nonce = URL_SAFE_NO_PAD.decode(nonce).ok()?;
        let interval = now / self.rotation;
        let is_of = |interval| self.mac(interval).verify_slice(&nonce).is_ok();
        if is_of(interval) {
            return Some(Freshness::Current);
        }
        interval.checked_sub(1).filter(|previous| is_of(*previous)).map(|_| Freshness::Previous)
    }

    fn mac(&self, interval: u64) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        mac.update(&interval.to_be_bytes());
        mac
    }
}

impl fmt::Debug for Nonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nonces([redacted])")
    }
}

#[cfg(test)]
mod tests;
