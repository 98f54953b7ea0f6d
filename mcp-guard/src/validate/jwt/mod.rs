//! Validation of JWT access tokens (RFC 9068, RFC 8725).
//!
//! jsonwebtoken only verifies signatures. This module checks every rule, because the defaults of jsonwebtoken accept
//! tokens without `aud`, `iss` or `exp`. The rules, in order, each with its own test:
//!
//! 1. The token is within the size limit, has three base64url parts, and is not a JWE. (`header`)
//! 2. `alg` is allowed, and is the algorithm of the key. Symmetric algorithms and `none` cannot be allowed (RFC 8725
//!    section 3.1).
//! 3. `typ` is that of an access token (RFC 9068 section 4).
//! 4. There is no `crit` and no `b64`. `jku`, `x5u`, `jwk` and `x5c` are never read (RFC 8725 section 3.10).
//! 5. The signature verifies with a key that the issuer publishes.
//! 6. The claims are valid. (`claims`)
//!
//! Then the application may derive further scopes from the claims. (`grants`)

mod claims;
#[cfg(fuzzing)]
pub(in crate::validate) mod fuzzing;
pub(super) mod grants;
pub(super) mod header;
mod jwt_settings;
mod validator;

pub(crate) use claims::ClaimRules;
pub use claims::TokenProfile;
pub(crate) use grants::Grants;
pub(super) use header::decode_json;
pub(crate) use jwt_settings::{JwtSettings, KeySource};
pub(crate) use validator::JwtValidator;

#[cfg(test)]
mod tests;
