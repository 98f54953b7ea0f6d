//! The token as the client sent it.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

/// An access token as it came in the `Authorization` header. Nothing is known of it yet.
///
/// It is handed to a [`TokenValidator`](crate::TokenValidator) and to nobody else: tools never see it (MCP, "Token Passthrough").
///
/// With it comes what its sender proved to hold besides it, for tokens that are bound to a key or a certificate.
///
/// Its text is wiped from memory when it is dropped.
pub struct BearerToken {
    text: Zeroizing<String>,
    possession: Possession,
    max_age: Option<Duration>,
}

/// A SHA-256 hash.
pub(crate) type Thumbprint = [u8; 32];

/// What the sender of a token proved to hold besides it. Nothing, unless somebody says so.
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub(crate) struct Possession {
    key: Option<Thumbprint>,
    certificate: Option<Thumbprint>,
}

impl Possession {
    /// What is proved by a verified DPoP proof with the key of this thumbprint, if there is one, and by a TLS handshake with this certificate.
    pub(crate) const fn new(key: Option<Thumbprint>, certificate: Option<Thumbprint>) -> Self {
        Self { key, certificate }
    }

    /// The key of a DPoP proof (RFC 9449), by its JWK thumbprint (RFC 7638).
    pub(crate) const fn key(&self) -> Option<&Thumbprint> {
        self.key.as_ref()
    }

    /// The client's TLS certificate (RFC 8705), by the hash of its DER form.
    pub(crate) const fn certificate(&self) -> Option<&Thumbprint> {
        self.certificate.as_ref()
    }
}

impl BearerToken {
    /// Wraps the text of a token.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self { text: Zeroizing::new(token.into()), possession: Possession::default(), max_age: None }
    }

    /// The same token from somebody who proved this.
    pub(crate) fn with_possession(self, possession: Possession) -> Self {
        Self { possession, ..self }
    }

    /// Asks for a validation that is no older than `max_age`.
    pub(crate) fn checked_again(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Returns how old the answer of a validator may be, where the token of a stream is checked again; `None` for the token of a request.
    ///
    /// A validator that remembers tokens must not answer from a cache then, and must not use keys that it fetched longer ago, if it can fetch new ones.
    #[must_use]
    pub const fn max_age(&self) -> Option<Duration> {
        self.max_age
    }

    /// The token itself. Do not log it, and do not send it anywhere but to its own authorization server.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    pub(crate) const fn possession(&self) -> &Possession {
        &self.possession
    }
}

#[cfg(test)]
impl BearerToken {
    /// A token whose sender proved to hold this key.
    pub(crate) fn proving(token: impl Into<String>, key: Thumbprint) -> Self {
        Self::new(token).with_possession(Possession { key: Some(key), certificate: None })
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken([redacted])")
    }
}
