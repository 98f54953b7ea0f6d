//! What the fuzz targets in `fuzz/` see of the inside. It is compiled for them only, with `--cfg fuzzing`.

pub use crate::auth::fuzzing::presented;
pub use crate::gate::peek;
pub use crate::validate::fuzzing::Tokens;
pub use crate::validate::fuzzing::jwks_uri;
pub use crate::validate::fuzzing::usable_keys;

/// Whether a text is JSON that any parser can be given.
#[must_use]
pub fn is_safe(text: &str) -> bool {
    crate::json::is_safe(text)
}
