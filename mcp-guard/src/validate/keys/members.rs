//! What is read of a JWK (RFC 7517 section 4, RFC 7518 section 6), and why one is not used.

use serde::Deserialize;

/// What is read of a JWK.
#[derive(Deserialize)]
pub(super) struct Members {
    pub(super) kty: String,
    #[serde(rename = "use")]
    pub(super) usage: Option<String>,
    pub(super) key_ops: Option<Vec<String>>,
    pub(super) alg: Option<String>,
    pub(super) kid: Option<String>,
    pub(super) crv: Option<String>,
    pub(super) n: Option<String>,
    pub(super) e: Option<String>,
    pub(super) x: Option<String>,
    pub(super) y: Option<String>,
}

/// Why a JWK is not used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum Unusable {
    #[error("it is no JWK, or a member is repeated")]
    Malformed,
    #[error("its kty or crv is not supported")]
    Type,
    #[error("its use is not sig, or its key_ops lack verify")]
    Use,
    #[error("its alg does not fit its kty and crv, or is not supported")]
    Algorithm,
    #[error("its private half is published as well")]
    Private,
    #[error("its RSA modulus is shorter than 2048 bits")]
    TooShort,
    #[error("its RSA modulus is too long")]
    TooLong,
    #[error("its RSA modulus or exponent is even, or the exponent is too small or too large")]
    Exponent,
    #[error("everybody can sign for it")]
    SmallOrder,
}
