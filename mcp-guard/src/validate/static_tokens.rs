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
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn parts(subject: &str) -> TokenParts {
        TokenParts {
            subject: subject.to_owned(),
            issuer: "https://auth.example.com".to_owned(),
            ..TokenParts::default()
        }
    }

    #[tokio::test]
    async fn listed_tokens_are_accepted_and_no_others() {
        let expired = TokenParts { expires_at: Some(SystemTime::now() - Duration::from_secs(1)), ..parts("carol") };
        let bound =
            TokenParts { claims: [("cnf".to_owned(), json!({"jkt": "x"}))].into_iter().collect(), ..parts("dave") };
        let tokens =
            [("S3CRET-a", parts("alice")), ("S3CRET-b", parts("bob")), ("S3CRET-c", expired), ("S3CRET-d", bound)];
        let validator = StaticTokens::new(tokens).unwrap();
        let subject = async |token: &str| {
            validator.validate(&BearerToken::new(token)).await.map(|token| token.subject().to_owned())
        };
        assert_eq!(subject("S3CRET-a").await.unwrap(), "alice");
        assert_eq!(subject("S3CRET-b").await.unwrap(), "bob");
        for (token, reason) in [
            ("", InvalidToken::Rejected),
            ("S3CRET-", InvalidToken::Rejected),
            ("S3CRET-a ", InvalidToken::Rejected),
            ("s3cret-a", InvalidToken::Rejected),
            ("S3CRET-c", InvalidToken::Expired),
            ("S3CRET-d", InvalidToken::SenderConstrained),
        ] {
            assert_eq!(subject(token).await.unwrap_err(), TokenError::Invalid(reason), "{token}");
        }
        assert!(!format!("{validator:?}").contains("S3CRET"));
    }

    #[test]
    fn invalid_list_is_rejected() {
        for (tokens, expected) in [
            (vec![("", parts("alice"))], "not empty"),
            (vec![("a", parts("alice")), ("a", parts("bob"))], "differ"),
            (vec![("a", parts(""))], "a subject"),
            (vec![("a", TokenParts { issuer: String::new(), ..parts("alice") })], "an issuer"),
        ] {
            let error = StaticTokens::new(tokens).map(drop).unwrap_err();
            assert_eq!(error.setting(), Setting::StaticTokens);
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
