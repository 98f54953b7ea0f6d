//! The reasons for rejecting a token. None contains data from the token.

use std::time::Duration;

use crate::rule::Rule;

/// The reason why a token was not accepted.
#[derive(Clone, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The token is invalid: `401` with `error="invalid_token"`. The reason is only logged.
    #[error("the access token is invalid: {0}")]
    Invalid(#[from] InvalidToken),
    /// The authorization server is unavailable: `503` with `Retry-After`. There is no challenge, because clients
    /// discard their token on a `401`.
    #[error("the access token cannot be validated: the authorization server is unavailable")]
    Unavailable {
        /// The time after which the client may retry.
        retry_after: Duration,
    },
}

/// The rule that the token violates.
#[derive(Clone, Copy, Eq, Hash, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidToken {
    /// The token exceeds the maximum length.
    #[error("it is too long")]
    TooLong,
    /// The token is not three base64url parts with JSON objects in the first two (RFC 7519 section 7.2).
    #[error("it is malformed")]
    Malformed,
    /// The `alg` header is not allowed, or does not match the key (RFC 8725 sections 3.1 and 3.2).
    #[error("its algorithm is not allowed")]
    Algorithm,
    /// The `typ` header does not name an access token (RFC 9068 section 2.1), or the claims are those of an ID token.
    #[error("it is not an access token")]
    Type,
    /// The `crit` or `b64` header requires an unsupported extension (RFC 7515 section 4.1.11).
    #[error("it requires an unsupported extension")]
    Critical,
    /// The issuer publishes no key that matches the token.
    #[error("no key of the issuer matches it")]
    UnknownKey,
    /// The signature is invalid.
    #[error("its signature does not match")]
    Signature,
    /// The `iss` claim is not the configured issuer (RFC 9068 section 4).
    #[error("it was issued by another issuer")]
    Issuer,
    /// The `aud` claim is missing or does not name this server (RFC 9068 section 4, RFC 8707 section 2).
    #[error("it was issued for another audience")]
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
    /// A claim does not have the [required value](crate::Issuer::require_claim).
    #[error("a claim does not have the required value")]
    UnexpectedClaim,
    /// A claim has the wrong type or is out of range.
    #[error("a claim has the wrong type or is out of range")]
    BadClaim,
    /// The token is bound to a key or a certificate (`cnf`), and the client did not prove possession of it (RFC 9449
    /// section 7.2, RFC 8705 section 3).
    #[error("it is bound to a key or a certificate whose possession was not proved")]
    SenderConstrained,
    /// The token came without a DPoP proof, and the server requires one (RFC 9449 section 7.2).
    #[error("it came without a DPoP proof")]
    ProofRequired,
    /// The token came with a DPoP proof but is not bound to a key (RFC 9449 section 7.1).
    #[error("it came with a DPoP proof but is not bound to a key")]
    NotBound,
    /// The authorization server reports that the token is not active (RFC 7662 section 2.2): unknown, revoked or
    /// expired.
    #[error("it is not active according to the authorization server")]
    Inactive,
    /// [`Revocations`](crate::revocation::Revocations), [`Issuer::revoked`](crate::Issuer::revoked) or
    /// [`CachedBuilder::revoked`](crate::issuer::CachedBuilder::revoked) rejected the token.
    #[error("it was revoked")]
    Revoked,
    /// The token could live longer than [`Revocations::new`](crate::revocation::Revocations::new) allows, or has no `exp`.
    #[error("its lifetime is longer than that of a revocation")]
    Lifetime,
    /// A custom validator rejected the token.
    #[error("the validator rejected it")]
    Rejected,
}

impl TokenError {
    /// Returns the rule that rejects the request.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        match self {
            Self::Invalid(reason) => reason.rule(),
            Self::Unavailable { .. } => Rule::IssuerUnavailable,
        }
    }
}

impl InvalidToken {
    /// Returns the rule that rejects the token.
    #[must_use]
    pub const fn rule(self) -> Rule {
        match self {
            Self::TooLong => Rule::TokenTooLong,
            Self::Malformed => Rule::TokenMalformed,
            Self::Algorithm => Rule::TokenAlgorithm,
            Self::Type => Rule::TokenType,
            Self::Critical => Rule::TokenExtension,
            Self::UnknownKey => Rule::TokenKey,
            Self::Signature => Rule::TokenSignature,
            Self::Issuer => Rule::TokenIssuer,
            Self::Audience => Rule::TokenAudience,
            Self::Expired => Rule::TokenExpired,
            Self::NotYetValid => Rule::TokenNotYetValid,
            Self::MissingClaim => Rule::TokenMissingClaim,
            Self::Client => Rule::TokenClient,
            Self::UnexpectedClaim => Rule::TokenClaimValue,
            Self::BadClaim => Rule::TokenClaimForm,
            Self::SenderConstrained => Rule::TokenBinding,
            Self::ProofRequired => Rule::ProofRequired,
            Self::NotBound => Rule::TokenUnbound,
            Self::Inactive => Rule::TokenInactive,
            Self::Revoked => Rule::TokenRevoked,
            Self::Lifetime => Rule::TokenLifetime,
            Self::Rejected => Rule::TokenRejected,
        }
    }
}

#[cfg(test)]
impl InvalidToken {
    /// Returns the name of the variant, as the golden files contain it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::TooLong => "TooLong",
            Self::Malformed => "Malformed",
            Self::Algorithm => "Algorithm",
            Self::Type => "Type",
            Self::Critical => "Critical",
            Self::UnknownKey => "UnknownKey",
            Self::Signature => "Signature",
            Self::Issuer => "Issuer",
            Self::Audience => "Audience",
            Self::Expired => "Expired",
            Self::NotYetValid => "NotYetValid",
            Self::MissingClaim => "MissingClaim",
            Self::Client => "Client",
            Self::UnexpectedClaim => "UnexpectedClaim",
            Self::BadClaim => "BadClaim",
            Self::SenderConstrained => "SenderConstrained",
            Self::ProofRequired => "ProofRequired",
            Self::NotBound => "NotBound",
            Self::Inactive => "Inactive",
            Self::Revoked => "Revoked",
            Self::Lifetime => "Lifetime",
            Self::Rejected => "Rejected",
        }
    }
}

debug_as_display!(TokenError, InvalidToken);
