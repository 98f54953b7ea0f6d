//! The outermost lock: who is calling?
//!
//! 1. The token comes in one `Authorization: Bearer` header, or `DPoP` where that is configured, and from nowhere else: not from the query, not from the
//!    body (RFC 6750 section 2, OAuth 2.1 section 5.1). The scheme's case does not matter.
//! 2. Two such headers, or one that cannot be read, are `400 invalid_request`.
//! 3. No token is `401` without an error code, unless anonymous callers are let in; a bad one is always `401 invalid_token`.
//! 4. A token that cannot be validated because the authorization server does not answer is `503`, never `401`.
//! 5. The header goes no further: neither rmcp nor a tool ever sees the token (MCP, "Token Passthrough").
//! 6. Answers to authenticated requests are not for caches.
//! 7. A stream or a call in progress ends when its token is not valid any more. (`streams`)
//! 8. A token that is bound to a key needs a proof for this request (RFC 9449 section 7.1), one that is bound to a certificate needs that in the connection
//!    (RFC 8705 section 3). The proof is verified first, which changes nothing; then the token, for whoever proved that; and only then is the proof used
//!    up, so that nobody without a good token fills the memory of used proofs.

mod certificate;
mod config;
mod credentials;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod layer;
mod service;
mod streams;

pub use certificate::ClientCertificate;
pub use layer::AuthLayer;
pub use service::Auth;

pub(crate) use config::Describe;
pub(crate) use streams::STREAM_CHECK_INTERVAL;
