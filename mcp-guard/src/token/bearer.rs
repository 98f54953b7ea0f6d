//! The token as the client sent it.

use std::fmt;

/// An access token as it came in the `Authorization` header. Nothing is known of it yet.
///
/// It is handed to a [`TokenValidator`](crate::TokenValidator) and to nobody else: tools never see it (MCP, "Token Passthrough").
///
/// With it comes what its sender proved to hold besides it, for tokens that are bound to a key or a certificate.
pub struct BearerToken {
    text: String,
    possession: Possession,
}

/// A SHA-256 hash.
pub(crate) type Thumbprint = [u8; 32];

/// What the sender of a token proved to hold besides it. Nothing, unless somebody says so.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
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
        Self { text: token.into(), possession: Possession::default() }
    }

    /// The same token from somebody who proved this.
    pub(crate) fn with_possession(self, possession: Possession) -> Self {
        Self { possession, ..self }
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
        Self { text: token.into(), possession: Possession { key: Some(key), certificate: None } }
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken([redacted])")
    }
}
