//! Why a token is refused. None of these carry anything that came from the token.

use std::time::Duration;

/// Why a request's token was not accepted.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The token is no good: `401` with `error="invalid_token"`. The client is told nothing more; the reason is for the log.
    #[error("the access token is invalid: {0}")]
    Invalid(#[from] InvalidToken),
    /// The authorization server cannot be asked at the moment: `503` with `Retry-After` and without a challenge, because clients
    /// throw good tokens away on a `401`.
    #[error("the access token cannot be validated at the moment")]
    Unavailable {
        /// When to try again.
        retry_after: Duration,
    },
}

/// The rule that a token broke.
///
/// The ids in the docs are those of the rules that every row of the token tests carries.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidToken {
    /// Longer than the validator reads.
    #[error("it is too long")]
    TooLong,
    /// Not three base64url parts with JSON objects in the first two (RFC 7519 section 7.2).
    #[error("it is malformed")]
    Malformed,
    /// The `alg` header is not allowed, or not the one of the key (RFC 8725 sections 3.1 and 3.2).
    #[error("its algorithm is not allowed")]
    Algorithm,
    /// The `typ` header does not say that this is an access token (RFC 9068 section 2.1), or the claims say that it is an ID token.
    #[error("it is not an access token")]
    Type,
    /// The `crit` or `b64` header asks for something that is not understood (RFC 7515 section 4.1.11).
    #[error("it has critical extensions that are not understood")]
    Critical,
    /// The issuer publishes no such key.
    #[error("no key of the issuer fits it")]
    UnknownKey,
    /// The signature does not match.
    #[error("its signature does not match")]
    Signature,
    /// The `iss` claim is not the configured issuer (RFC 9068 section 4).
    #[error("it is from another issuer")]
    Issuer,
    /// The `aud` claim is missing or does not name this server (RFC 9068 section 4, RFC 8707 section 2).
    #[error("it is not meant for this server")]
    Audience,
    /// The `exp` claim is in the past (RFC 7519 section 4.1.4).
    #[error("it has expired")]
    Expired,
    /// The `nbf` or `iat` claim is in the future (RFC 7519 sections 4.1.5 and 4.1.6).
    #[error("it is not valid yet")]
    NotYetValid,
    /// A claim that RFC 9068 section 2.2 requires is missing.
    #[error("it lacks a required claim")]
    MissingClaim,
    /// The token was issued to a client that is not [allowed](crate::Issuer::clients).
    #[error("it was issued to a client that is not allowed")]
    Client,
    /// A claim that [must have one value](crate::Issuer::require_claim) has another.
    #[error("a claim in it does not have the value that it must have")]
    UnexpectedClaim,
    /// A claim is of the wrong type or out of range.
    #[error("a claim in it is of the wrong type")]
    BadClaim,
    /// The token is bound to a key or a certificate (`cnf`), and its sender did not prove to hold that (RFC 9449 section 7.2, RFC 8705 section 3).
    #[error("it is bound to a key or a certificate that its sender did not prove to hold")]
    SenderConstrained,
    /// The token came with a DPoP proof and is not bound to a key (RFC 9449 section 7.1).
    #[error("it came with a proof of possession and is not bound to a key")]
    NotBound,
    /// The authorization server says that the token is not active (RFC 7662 section 2.2): it made no such token, or revoked it, or it expired.
    #[error("the authorization server says that it is not active")]
    Inactive,
    /// The application refused it with [`Issuer::revoked`](crate::Issuer::revoked) or [`CachedBuilder::revoked`](crate::CachedBuilder::revoked).
    #[error("it was revoked")]
    Revoked,
    /// A validator other than the built-in ones refused it.
    #[error("the validator refused it")]
    Rejected,
}
