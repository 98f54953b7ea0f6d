//! For the fuzz targets.

use http::HeaderMap;

use super::credentials::Credentials;

/// What the headers of a request present: `None` is nothing, `Some(None)` what cannot be read.
#[must_use]
pub fn presented(headers: &HeaderMap) -> Option<Option<String>> {
    match Credentials::of(headers, false) {
        Credentials::Absent => None,
        Credentials::Token(_, token) => Some(Some(token.expose().to_owned())),
        Credentials::Malformed => Some(None),
    }
}
