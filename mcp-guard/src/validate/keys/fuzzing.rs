//! Entry points for the fuzz targets.

use super::algorithm::Algorithm;
use super::discovery;
use super::set::KeySet;
use crate::json;

/// Returns the number of keys that can verify tokens, or `None` if the document is not a JWKS.
#[must_use]
pub fn usable_keys(document: &str) -> Option<usize> {
    json::is_safe(document).then(|| KeySet::parse(document, Algorithm::ALL).map(|set| set.keys.len())).flatten()
}

/// Returns the JWKS URL in the metadata of `issuer`.
#[must_use]
pub fn jwks_uri(document: &str, issuer: &str) -> Option<String> {
    json::is_safe(document).then(|| discovery::read(document, issuer)).flatten().map(String::from)
}
