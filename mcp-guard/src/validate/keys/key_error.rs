//! Why there is no key.

use std::time::Duration;

/// Why there is no key for a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::validate) enum KeyError {
    /// The issuer publishes no such key.
    Unknown,
    /// The key is for another algorithm.
    OtherAlgorithm,
    /// The issuer cannot be asked.
    Unavailable { retry_after: Duration },
}
