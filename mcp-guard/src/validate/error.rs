//! Why a validator cannot be built, and the limits that say so.

use std::time::Duration;

use super::fetch::FetchError;
use super::keys::DiscoveryError;
use crate::scope::InvalidScopePrefix;

/// RFC 7519 section 4.1.4: "usually no more than a few minutes".
pub(super) const MAX_LEEWAY: Duration = Duration::from_secs(5 * 60);
/// What anybody waits for, or remembers something.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Why a validator cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ValidatorError {
    /// No audience: every token of the issuer would be accepted.
    #[error(
        "no audience is configured for the tokens of {issuer}: name the resource, or what the issuer puts into `aud` instead"
    )]
    NoAudience {
        /// The configured issuer.
        issuer: String,
    },
    /// An audience is the empty text.
    #[error("an audience for the tokens of {issuer} is empty")]
    EmptyAudience {
        /// The configured issuer.
        issuer: String,
    },
    /// A setting is the empty text, or a list of nothing.
    #[error("`.{setting}(..)` was given nothing")]
    Nothing {
        /// The builder's method.
        setting: &'static str,
    },
    /// The issuer is no `https` URL, nor an `http` one on loopback, or it has a user name, a query or a fragment. It is not shown: there may be a
    /// password in it.
    #[error(
        "the issuer is neither an https URL nor an http URL on loopback, or it has a user name, a query or a fragment"
    )]
    Issuer,
    /// The JWKS URL is no `https` URL, nor an `http` one on loopback, or it has a user name or a fragment. It is not shown: there may be a password in it.
    #[error("the JWKS URL is neither an https URL nor an http URL on loopback, or it has a user name or a fragment")]
    JwksUri,
    /// The given keys are no JWKS, or none of them can verify a signature.
    #[error("the given keys of {issuer} are no JWKS with a public key for an allowed kind of signature")]
    Jwks {
        /// The configured issuer.
        issuer: String,
    },
    /// Keys are given, and a URL to fetch them from.
    #[error("the keys of {issuer} are given, and a URL to fetch them from as well: keep `jwks` or `jwks_uri`")]
    JwksTwice {
        /// The configured issuer.
        issuer: String,
    },
    /// The leeway is longer than five minutes, which RFC 7519 section 4.1.4 calls no small leeway any more.
    #[error("a leeway of {} s is too long: at most {} s", .0.as_secs(), MAX_LEEWAY.as_secs())]
    Leeway(Duration),
    /// A time is longer than a day.
    #[error("{name} is {} s: at most a day", .value.as_secs())]
    Wait {
        /// The builder's method.
        name: &'static str,
        /// Its argument.
        value: Duration,
    },
    /// The text in front of scopes cannot stand there.
    #[error("`.scope_prefix(..)`: {0}")]
    ScopePrefix(#[from] InvalidScopePrefix),
    /// The keys may get older than an hour.
    #[error("`.refresh_keys_after(..)` is {} s: at most an hour, or a key that is withdrawn lives for too long", .0.as_secs())]
    KeyAge(Duration),
    /// No algorithm is allowed.
    #[error("no signature algorithm is allowed")]
    NoAlgorithm,
    /// The issuer's metadata cannot be had, or is not that of the issuer.
    #[error(transparent)]
    Discovery(DiscoveryError),
    /// The issuer's keys cannot be fetched.
    #[error("the keys of {issuer} cannot be fetched: {reason}")]
    Keys {
        /// The configured issuer.
        issuer: String,
        /// What went wrong.
        reason: String,
    },
    /// The introspection endpoint is no `https` URL, nor an `http` one on loopback, or it has a user name or a fragment. It is not shown: there may be a
    /// password in it.
    #[error(
        "the introspection endpoint is neither an https URL nor an http URL on loopback, or it has a user name or a fragment"
    )]
    IntrospectionEndpoint,
    /// The credentials of this server cannot be used.
    #[error("the credentials for the authorization server cannot be used: {reason}")]
    Credentials {
        /// What is wrong with them. Nothing of them is in it.
        reason: &'static str,
    },
    /// No call to the authorization server is allowed.
    #[error("`.max_calls(0)` would refuse every token: allow one call at least")]
    NoCalls,
    /// There is no HTTP client to ask the issuer with.
    #[error(transparent)]
    Client(FetchError),
}
