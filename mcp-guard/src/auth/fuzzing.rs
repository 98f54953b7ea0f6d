//! Entry point for the fuzz targets.

use http::HeaderMap;

use super::credentials::Credentials;

/// Returns the token of a request. `None` without credentials, `Some(None)` if they are malformed.
#[must_use]
pub fn presented(headers: &HeaderMap) -> Option<Option<String>> {
    match Credentials::of(headers, false) {
        Credentials::Absent => None,
        Credentials::Token(_, token) => Some(Some(token.expose().to_owned())),
        Credentials::Malformed => Some(None),
    }
}
