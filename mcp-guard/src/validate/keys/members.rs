//! The members of a JWK that are read (RFC 7517 section 4, RFC 7518 section 6), and the reasons to ignore a JWK.

use serde::Deserialize;

/// The members of a JWK that are read.
#[derive(Deserialize)]
pub(super) struct JwkMembers {
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

/// The reason why a JWK is ignored.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum UnusableKey {
    #[error("not a JWK, or a duplicate member")]
    Malformed,
    #[error("unsupported kty or crv")]
    Type,
    #[error("use is enc")]
    Encryption,
    #[error("use is not sig, or key_ops lacks verify")]
    Use,
    #[error("alg is unsupported, or does not match kty and crv")]
    Algorithm,
    #[error("its algorithm is not allowed by `Issuer::algorithms`")]
    NotAllowed,
    #[error("another key has the same kid and algorithm")]
    Ambiguous,
    #[error("the private key is published")]
    Private,
    #[error("RSA modulus shorter than 2048 bits")]
    TooShort,
    #[error("RSA modulus too long")]
    TooLong,
    #[error("even RSA modulus, or RSA exponent even or out of range")]
    Exponent,
    #[error("point of small order: signatures can be forged")]
    SmallOrder,
}
