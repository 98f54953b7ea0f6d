//! For the fuzz targets: documents that nobody fetched.

use super::discovery;
use super::set::KeySet;
use crate::json;

/// How many keys of a JWKS can verify a token. `None`: it is no JWKS.
#[must_use]
pub fn usable_keys(document: &str) -> Option<usize> {
    json::is_safe(document).then(|| KeySet::parse(document).map(|set| set.keys.len())).flatten()
}

/// Where the metadata of `issuer` says that its keys are.
#[must_use]
pub fn jwks_uri(document: &str, issuer: &str) -> Option<String> {
    json::is_safe(document).then(|| discovery::read(document, issuer)).flatten().map(String::from)
}
