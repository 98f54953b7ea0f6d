//! Exports for the fuzz targets.

pub use super::jwt::fuzzing::Tokens;
pub use super::keys::fuzzing::{jwks_uri, usable_keys};
