//! Authentication: the outermost layer identifies the caller.
//!
//! 1. The token is read from one `Authorization: Bearer` header, or `DPoP` where that is configured. It is never read
//!    from the query or the body (RFC 6750 section 2, OAuth 2.1 section 5.1). The case of the scheme is ignored.
//! 2. Several headers, or one that cannot be parsed, are `400 invalid_request`.
//! 3. A missing token is `401` without an error code, unless anonymous callers are allowed. An invalid token is always
//!    `401 invalid_token`.
//! 4. A token that cannot be validated because the authorization server does not respond is `503`, never `401`.
//! 5. The header is removed from the request. Neither rmcp nor a tool receives the token (MCP, "Token Passthrough").
//! 6. Responses to authenticated requests must not be cached.
//! 7. A stream or a call in progress ends when its token is no longer valid. (`streams`)
//! 8. A DPoP-bound token requires a proof for this request (RFC 9449 section 7.1). A certificate-bound token requires
//!    its certificate in the connection (RFC 8705 section 3). The proof is verified first, without side effects, then
//!    the token. The proof is consumed last, so that clients without a valid token cannot fill the memory of used
//!    proofs.

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

pub(crate) use streams::STREAM_CHECK_INTERVAL;
