//! The token as the client sent it.

use std::fmt;

/// An access token as it came in the `Authorization` header. Nothing is known of it yet.
///
/// It is handed to a [`TokenValidator`](crate::TokenValidator) and to nobody else: tools never see it (MCP, "Token Passthrough").
pub struct BearerToken(String);

impl BearerToken {
    /// Wraps the text of a token.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// The token itself. Do not log it, and do not send it anywhere but to its own authorization server.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken([redacted])")
    }
}
