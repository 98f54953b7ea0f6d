//! A public key (RFC 7517).
//!
//! 1. A key has exactly one algorithm (RFC 8725 section 3.1): its `alg`, or else the only allowed one of its type and
//!    curve, or else the usual one.
//! 2. Only public signature keys are used. Symmetric keys, keys for other uses, and keys with published private members
//!    are ignored.
//! 3. A member that is null is absent, and so is an empty list: some issuers write every member of the format.
//! 4. A key with duplicate members is ignored, because it is ambiguous.
//!
//! The `material` module validates the numbers.

#[cfg(test)]
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::algorithm::{Algorithm, Family};
use super::material::Material;
use super::members::{JwkMembers, UnusableKey};
use super::public_key::PublicKey;

/// A public key that can verify tokens.
pub(in crate::validate) struct Key {
    pub(super) id: Option<String>,
    pub(super) algorithm: Algorithm,
    /// The numbers of the public key, to compare a fetched key with a known one.
    pub(super) numbers: Vec<u8>,
    verifying: PublicKey,
    /// Set when the issuer withdraws the key. Cached tokens that it signed are then discarded.
    retired: AtomicBool,
    /// The number of verifications.
    #[cfg(test)]
    pub(super) tried: AtomicUsize,
}

impl Key {
    pub(in crate::validate) const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(in crate::validate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    /// Verifies the base64url `signature` over `message`.
    pub(in crate::validate) fn verifies(&self, message: &[u8], signature: &str) -> bool {
        #[cfg(test)]
        self.tried.fetch_add(1, Ordering::Relaxed);
        self.verifying.verifies(self.algorithm, message, signature)
    }

    pub(super) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
    }

    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        self.id == other.id && self.algorithm == other.algorithm && self.numbers == other.numbers
    }
}

/// The members that only private keys have (RFC 7518 section 6).
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

impl Key {
    /// Parses a key that is embedded next to its signature, for the algorithm of that signature.
    pub(in crate::validate) fn of_algorithm(jwk: &Map<String, Value>, algorithm: Algorithm) -> Option<Self> {
        Self::parse(jwk, &[algorithm]).ok()
    }

    /// Parses a key for tokens with one of the `allowed` algorithms.
    pub(super) fn parse(jwk: &Map<String, Value>, allowed: &[Algorithm]) -> Result<Self, UnusableKey> {
        let members = JwkMembers::deserialize(jwk).map_err(|_| UnusableKey::Malformed)?;
        if members.usage.as_deref() == Some("enc") {
            return Err(UnusableKey::Encryption);
        }
        if members.usage.as_deref().is_some_and(|usage| usage != "sig")
            || members.key_ops.as_ref().is_some_and(|ops| !ops.is_empty() && !ops.iter().any(|op| op == "verify"))
        {
            return Err(UnusableKey::Use);
        }
        let family = match (members.kty.as_str(), members.crv.as_deref()) {
            ("RSA", _) => Family::Rsa,
            ("EC", Some("P-256")) => Family::P256,
            ("EC", Some("P-384")) => Family::P384,
            ("OKP", Some("Ed25519")) => Family::Ed25519,
            _ => return Err(UnusableKey::Type),
        };
        let algorithm = match members.alg.as_deref() {
            None => family.implied_algorithm(allowed),
            Some(name) => name.parse::<Algorithm>().map_err(|()| UnusableKey::Algorithm)?,
        };
        if algorithm.family() != family {
            return Err(UnusableKey::Algorithm);
        }
        let is_present = |value: &Value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty());
        if PRIVATE.iter().any(|member| jwk.get(*member).is_some_and(is_present)) {
            return Err(UnusableKey::Private);
        }
        if !allowed.contains(&algorithm) {
            return Err(UnusableKey::NotAllowed);
        }
        let Material { verifying, numbers } = Material::of(algorithm, &members)?;
        Ok(Self {
            id: members.kid,
            algorithm,
            numbers,
            verifying,
            retired: AtomicBool::new(false),
            #[cfg(test)]
            tried: AtomicUsize::new(0),
        })
    }
}

#[cfg(test)]
mod tests;
