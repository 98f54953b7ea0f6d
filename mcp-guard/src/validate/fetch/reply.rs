//! Responses to fetches.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use url::Url;

use super::fetch_error::FetchError;
use crate::json;

/// The size limit of a document, in bytes. Two hundred RSA keys with certificate chains fit.
pub(super) const MAX_BYTES: usize = 1024 * 1024;

/// A fetched document.
pub(in crate::validate) struct Document {
    /// The body, as JSON that is safe to parse.
    pub(in crate::validate) body: String,
    /// The `max-age` of its `Cache-Control` header.
    pub(in crate::validate) max_age: Option<Duration>,
}

/// A response with any status.
pub(in crate::validate) struct Reply {
    pub(in crate::validate) status: StatusCode,
    pub(in crate::validate) headers: HeaderMap,
    pub(super) max_age: Option<Duration>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// Returns the body as JSON that is safe to parse.
    pub(in crate::validate) fn json(&self, url: &Url) -> Result<String, FetchError> {
        let body = std::str::from_utf8(&self.body).ok().filter(|body| json::is_safe(body));
        body.map(str::to_owned).ok_or_else(|| FetchError::NotJson(url.clone()))
    }
}

/// Returns the `max-age` of a `Cache-Control` header.
pub(super) fn max_age(cache_control: &str) -> Option<Duration> {
    cache_control
        .split(',')
        .filter_map(|directive| directive.trim().strip_prefix("max-age="))
        .find_map(|seconds| seconds.trim_matches('"').parse().ok())
        .map(Duration::from_secs)
}
