//! The tokens that a revocation names.

use crate::config::{ConfigError, Setting};
use crate::token::ValidatedToken;

/// The tokens to revoke. [`Revocations::revoke`](super::Revocations::revoke) revokes them.
///
/// Every issuer is the `iss` of its tokens, or the issuer that the server is configured with if its tokens have another
/// `iss`. Texts are compared exactly.
///
/// The values correspond to the subjects of other standards: a logout token of OpenID Connect Back-Channel Logout has a
/// `sub`, a `sid` or both, and a security event of the Shared Signals Framework has a subject identifier (RFC 9493). A
/// receiver of either validates it and revokes these values.
#[derive(Clone, Eq, PartialEq)]
pub struct Revocation {
    kind: Kind,
    issuer: String,
    value: String,
}

/// The kind of a revocation.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Kind {
    Token,
    Session,
    Subject,
    Client,
    Issuer,
}

impl Kind {
    pub(super) const ALL: [Self; 5] = [Self::Token, Self::Session, Self::Subject, Self::Client, Self::Issuer];

    /// Returns the claim that the kind compares.
    pub(super) const fn claim(self) -> &'static str {
        match self {
            Self::Token => "jti",
            Self::Session => "sid",
            Self::Subject => "sub",
            Self::Client => "client_id",
            Self::Issuer => "iss",
        }
    }

    /// Returns whether tokens that are issued after the revocation are not affected.
    pub(super) const fn depends_on_time(self) -> bool {
        match self {
            Self::Token | Self::Session => false,
            Self::Subject | Self::Client | Self::Issuer => true,
        }
    }

    /// Returns the values of a token that this kind compares: a claim that is configured as the subject, and `sub`.
    pub(super) fn values(self, token: &ValidatedToken) -> impl Iterator<Item = &str> {
        let claim = |name| token.claims().get(name).and_then(serde_json::Value::as_str);
        let (value, other) = match self {
            Self::Token | Self::Session => (claim(self.claim()), None),
            Self::Subject => (Some(token.subject()), claim("sub").filter(|sub| *sub != token.subject())),
            Self::Client => (token.client_id(), None),
            Self::Issuer => (Some(""), None),
        };
        value.into_iter().chain(other)
    }
}

/// Returns the names of the issuer of a token: the configured one, and its `iss`.
pub(super) fn issuers(token: &ValidatedToken) -> impl Iterator<Item = &str> {
    let claim = token.claims().get("iss").and_then(serde_json::Value::as_str);
    std::iter::once(token.issuer()).chain(claim.filter(|claim| *claim != token.issuer()))
}

impl Revocation {
    /// Revokes the token with this id (`jti`).
    #[must_use]
    pub fn token(issuer: impl Into<String>, jti: impl Into<String>) -> Self {
        Self { kind: Kind::Token, issuer: issuer.into(), value: jti.into() }
    }

    /// Revokes the tokens of a session at the issuer (`sid`), whenever they are issued. Access tokens must have the claim
    /// `sid`.
    #[must_use]
    pub fn session(issuer: impl Into<String>, sid: impl Into<String>) -> Self {
        Self { kind: Kind::Session, issuer: issuer.into(), value: sid.into() }
    }

    /// Revokes the tokens of a subject that are issued until now.
    #[must_use]
    pub fn subject(issuer: impl Into<String>, subject: impl Into<String>) -> Self {
        Self { kind: Kind::Subject, issuer: issuer.into(), value: subject.into() }
    }

    /// Revokes the tokens of a client that are issued until now.
    #[must_use]
    pub fn client(issuer: impl Into<String>, client_id: impl Into<String>) -> Self {
        Self { kind: Kind::Client, issuer: issuer.into(), value: client_id.into() }
    }

    /// Revokes all tokens of an issuer that are issued until now.
    #[must_use]
    pub fn issuer(issuer: impl Into<String>) -> Self {
        Self { kind: Kind::Issuer, issuer: issuer.into(), value: String::new() }
    }

    /// Revokes this token by its id. `None` if it has no `jti`.
    #[must_use]
    pub fn of_token(token: &ValidatedToken) -> Option<Self> {
        Kind::Token.values(token).next().map(|jti| Self::token(token.issuer(), jti))
    }

    pub(super) const fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) fn issuer_name(&self) -> &str {
        &self.issuer
    }

    pub(super) fn value(&self) -> &str {
        &self.value
    }

    /// Returns whether the revocation names this token, whenever the token was issued.
    pub(super) fn names(&self, token: &ValidatedToken) -> bool {
        issuers(token).any(|issuer| issuer == self.issuer) && self.kind.values(token).any(|value| value == self.value)
    }

    /// Rejects a revocation that names nothing.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let empty = match (self.issuer.is_empty(), self.value.is_empty()) {
            (true, _) => Kind::Issuer,
            (false, true) if self.kind != Kind::Issuer => self.kind,
            (false, _) => return Ok(()),
        };
        Err(ConfigError::hidden(Setting::Revocation, format!("a non-empty `{}`", empty.claim())))
    }
}

opaque_debug!(redacted Revocation);
