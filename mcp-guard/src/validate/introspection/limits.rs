//! How much is asked and remembered, and where.

use std::time::Duration;

use url::Url;

use crate::urls::is_endpoint;

/// How much is asked and remembered, whoever is asked.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) leeway: Duration,
    pub(crate) max_length: usize,
    pub(crate) cache_time: Duration,
    pub(crate) cached_tokens: usize,
    pub(crate) max_calls: usize,
    /// Whether who is asked may be on a private network.
    pub(crate) private_network: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            leeway: Duration::from_secs(30),
            max_length: 16 * 1024,
            cache_time: Duration::from_secs(60),
            cached_tokens: 10_000,
            max_calls: 32,
            private_network: false,
        }
    }
}

/// A URL that tokens and credentials may be sent to.
pub(super) fn endpoint_url(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(is_endpoint)
}
