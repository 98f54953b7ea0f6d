//! Errors of the key lookup.

use std::time::Duration;

/// A failed key lookup.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::validate) enum KeyError {
    /// The issuer does not publish this key.
    Unknown,
    /// The issuer publishes the key, but it cannot be used.
    Unusable,
    /// The key is for another algorithm.
    OtherAlgorithm,
    /// The keys of the issuer cannot be fetched.
    Unavailable { retry_after: Duration },
}
