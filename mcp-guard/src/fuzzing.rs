//! Internals for the fuzz targets in `fuzz/`. Compiled only with `--cfg fuzzing`.

pub use crate::auth::fuzzing::presented;
pub use crate::gate::peek;
pub use crate::validate::fuzzing::{Tokens, jwks_uri, usable_keys};

/// Returns whether `text` is JSON that is safe to pass to any parser.
#[must_use]
pub fn is_safe(text: &str) -> bool {
    crate::json::is_safe(text)
}
