//! DPoP proofs of possession (RFC 9449): the sender of a token has the key that the token is bound to.
//!
//! The rules of section 4.3, in order, each with its own test:
//!
//! 1. There is exactly one `DPoP` header, within the size limit. (`verifier`, `header`)
//! 2. The proof is a JWS of three canonical base64url parts. The first two are JSON objects without duplicate names.
//!    (`header`)
//! 3. `typ` is `dpop+jwt`, and there is no `crit` and no `b64`. (`header`)
//! 4. `alg` is allowed and matches the key. Symmetric algorithms and `none` cannot be allowed. (`header`, `key`)
//! 5. `jwk` is a usable public key. `kid`, `jku`, `x5u` and `x5c` are never read. (`key`)
//! 6. `jti` is present, and its length is limited. (`claims`)
//! 7. `htm` and `htu` match the method and the URL of the request. The URL consists of the configured base and the
//!    request path. The `Host` header is not used. (`claims`, `request_target`)
//! 8. `iat` is within the time window. `exp` and `nbf` are also checked if present. (`claims`)
//! 9. `ath` is the hash of the access token. (`claims`)
//! 10. The signature verifies with the key of the proof. (`verifier`)
//! 11. `nonce` was issued by this process, if the server requires nonces. (`nonce`)
//! 12. The proof was not used before. This is checked after the token is validated, so that unauthenticated clients
//!     cannot fill the memory. (`replay`)

mod claims;
mod dpop_settings;
mod header;
mod key;
mod nonce;
mod replay;
mod request_target;
mod verifier;

pub use dpop_settings::Dpop;

pub(crate) use replay::ReplayError;
pub(crate) use verifier::{DPOP, DpopVerifier, InvalidProof, Presented, Proof};

#[cfg(test)]
mod tests;
