//! Proofs of possession (DPoP, RFC 9449): that whoever sends a token holds the key that it is bound to.
//!
//! The rules of section 4.3, in order, and each with a test of its own:
//!
//! 1. One `DPoP` header, no longer than the size cap. (`headers`, `header`)
//! 2. A JWS of three canonical base64url parts, with JSON objects in the first two that repeat no name. (`header`)
//! 3. `typ` is `dpop+jwt`, and there is no `crit` and no `b64`. (`header`)
//! 4. `alg` is allowed, and fits the key. Symmetric algorithms and `none` cannot be allowed. (`header`, `key`)
//! 5. `jwk` is a public key that can be used and nothing else; `kid`, `jku`, `x5u` and `x5c` are never read. (`key`)
//! 6. `jti` is there, and of a length that can be remembered. (`claims`)
//! 7. `htm` and `htu` are the method and the URL of this request. The URL is the configured one and the path of the request; the `Host` header has no say. (`claims`, `target`)
//! 8. `iat` is in the window, and so is the time if there is an `exp` or an `nbf`. (`claims`)
//! 9. `ath` is the hash of the token that came with it. (`claims`)
//! 10. The signature verifies under the key in it. (`verifier`)
//! 11. `nonce` is one of this process, where the server asks for it. (`nonce`)
//! 12. Nobody has used it before. Only asked once the token is found good, so that strangers cannot fill the memory. (`replay`)

mod claims;
mod dpop_settings;
mod header;
mod key;
mod nonce;
mod replay;
mod target;
mod verifier;

pub use dpop_settings::Dpop;

pub(crate) use replay::Unremembered;
pub(crate) use verifier::{DPOP, DpopVerifier, InvalidProof, Presented, Proof};

#[cfg(test)]
mod tests;
