//! A validator with a fixed list of tokens.

use std::collections::HashMap;
use std::fmt;
use std::time::SystemTime;

use super::cache::{Hash, hash};
use super::{TokenValidator, binding};
use crate::config::{ConfigError, Setting};
use crate::token::{BearerToken, InvalidToken, TokenError, TokenParts, ValidatedToken};

/// A validator that accepts a fixed list of tokens. **Only for tests and local use**: the tokens are passwords that
/// cannot be revoked.
///
/// Tokens are stored and looked up by their SHA-256 hash, so that the lookup time does not leak their text. A token is
/// rejected from its `expires_at` on.
///
/// ```
/// use mcp_guard::issuer::StaticTokens;
/// use mcp_guard::token::TokenParts;
///
/// let validator = StaticTokens::new([(
///     "token-of-alice",
///     TokenParts {
///         subject: "alice".into(),
///         issuer: "https://auth.example.com".into(),
///         scopes: "todo:read todo:write".parse()?,
///         ..TokenParts::default()
///     },
/// )])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct StaticTokens(HashMap<Hash, ValidatedToken>);

impl StaticTokens {
    /// Accepts these tokens, each with the given identity and scopes.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if a token is empty or listed twice, or has an empty subject or issuer.
    pub fn new<T: AsRef<str>>(tokens: impl IntoIterator<Item = (T, TokenParts)>) -> Result<Self, ConfigError> {
        let invalid = |expected: &'static str| Err(ConfigError::hidden(Setting::StaticTokens, expected));
        let mut known = HashMap::new();
        for (token, parts) in tokens {
            if token.as_ref().is_empty() {
                return invalid("tokens that are not empty");
            }
            if parts.subject.is_empty() || parts.issuer.is_empty() {
                return invalid("a subject and an issuer for each token");
            }
            if known.insert(hash(token.as_ref()), ValidatedToken::new(parts)).is_some() {
                return invalid("tokens that differ from each other");
            }
        }
        Ok(Self(known))
    }
}

impl TokenValidator for StaticTokens {
    async fn validate(&self, token: &BearerToken) -> Result<ValidatedToken, TokenError> {
        let known = self.0.get(&hash(token.expose())).ok_or(InvalidToken::Rejected)?;
        binding::check(known.claims(), token.possession())?;
        if known.expires_at().is_some_and(|expires| SystemTime::now() >= expires) {
            return Err(InvalidToken::Expired.into());
        }
        Ok(known.clone())
    }
}

impl fmt::Debug for StaticTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticTokens").field("len", &self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests;
