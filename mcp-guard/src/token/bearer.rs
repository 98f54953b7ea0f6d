//! An access token as the client sent it.

use std::time::Duration;

use zeroize::Zeroizing;

/// An access token from the `Authorization` header. It is not validated yet.
///
/// Only a [`TokenValidator`](crate::TokenValidator) receives it. Tools never do (MCP, "Token Passthrough").
///
/// For tokens that are bound to a key or a certificate, it also contains the key or certificate that the client proved
/// to possess.
///
/// The text is wiped from memory on drop.
pub struct BearerToken {
    text: Zeroizing<String>,
    possession: Possession,
    max_age: Option<Duration>,
}

/// A SHA-256 hash.
pub(crate) type Thumbprint = [u8; 32];

/// The keys that the client proved to possess. The default is none.
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub(crate) struct Possession {
    key: Option<Thumbprint>,
    certificate: Option<Thumbprint>,
}

impl Possession {
    /// Creates the value from the thumbprints of the key of a verified DPoP proof and of the certificate of the TLS
    /// handshake.
    pub(crate) const fn new(key: Option<Thumbprint>, certificate: Option<Thumbprint>) -> Self {
        Self { key, certificate }
    }

    /// Returns the key of the DPoP proof (RFC 9449), by its JWK thumbprint (RFC 7638).
    pub(crate) const fn key(&self) -> Option<&Thumbprint> {
        self.key.as_ref()
    }

    /// Returns the client's TLS certificate (RFC 8705), by the SHA-256 hash of its DER form.
    pub(crate) const fn certificate(&self) -> Option<&Thumbprint> {
        self.certificate.as_ref()
    }
}

impl BearerToken {
    /// Creates a token from its text.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self { text: Zeroizing::new(token.into()), possession: Possession::default(), max_age: None }
    }

    /// Adds the proof of possession.
    pub(crate) fn with_possession(self, possession: Possession) -> Self {
        Self { possession, ..self }
    }

    /// Requires a validation that is at most `max_age` old.
    pub(crate) fn checked_again(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Returns the maximum age of the validator's data when the token of a stream is validated again. `None` for the
    /// token of a request.
    ///
    /// A validator with a cache must not use it in this case. It must not use keys that are older than this either, if
    /// it can fetch new ones.
    #[must_use]
    pub const fn max_age(&self) -> Option<Duration> {
        self.max_age
    }

    /// Returns the text of the token. Do not log it, and do not send it to any server except its authorization server.
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
    /// Creates a token with a proof of possession of this key.
    pub(crate) fn proving(token: impl Into<String>, key: Thumbprint) -> Self {
        Self::new(token).with_possession(Possession { key: Some(key), certificate: None })
    }
}

opaque_debug!(redacted BearerToken);
