//! Tokens that are written down beforehand.

use std::collections::HashMap;
use std::fmt;
use std::time::SystemTime;

use super::TokenValidator;
use super::binding;
use super::cache::Hash;
use super::cache::hash;
use crate::token::BearerToken;
use crate::token::InvalidToken;
use crate::token::TokenError;
use crate::token::TokenParts;
use crate::token::ValidatedToken;

/// Accepts tokens from a list. **For tests and for use on one's own machine**: such tokens are passwords, that nobody can revoke.
///
/// Tokens are kept and found by their hash, so that the time that it takes says nothing of them. One with `expires_at` is refused from then on.
///
/// ```
/// use mcp_guard::{StaticTokens, TokenParts};
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

/// Why a list of tokens cannot be used. Nothing of them is in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StaticTokensError {
    /// A token is the empty text.
    #[error("a static token is empty")]
    Empty,
    /// A token is there twice.
    #[error("a static token is listed twice")]
    Twice,
    /// Nobody could tell whose a token is.
    #[error("a static token has no subject or no issuer")]
    Nobody,
}

impl StaticTokens {
    /// Accepts these tokens, and takes them for what stands beside them.
    ///
    /// # Errors
    ///
    /// [`StaticTokensError`] when a token is empty or there twice, or does not say whose it is.
    pub fn new<T: AsRef<str>>(tokens: impl IntoIterator<Item = (T, TokenParts)>) -> Result<Self, StaticTokensError> {
        let mut known = HashMap::new();
        for (token, parts) in tokens {
            if token.as_ref().is_empty() {
                return Err(StaticTokensError::Empty);
            }
            if parts.subject.is_empty() || parts.issuer.is_empty() {
                return Err(StaticTokensError::Nobody);
            }
            if known.insert(hash(token.as_ref()), ValidatedToken::new(parts)).is_some() {
                return Err(StaticTokensError::Twice);
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
    fn what_no_list_can_hold() {
        for (tokens, error) in [
            (vec![("", parts("alice"))], StaticTokensError::Empty),
            (vec![("a", parts("alice")), ("a", parts("bob"))], StaticTokensError::Twice),
            (vec![("a", parts(""))], StaticTokensError::Nobody),
            (vec![("a", TokenParts { issuer: String::new(), ..parts("alice") })], StaticTokensError::Nobody),
        ] {
            assert_eq!(StaticTokens::new(tokens).map(drop).unwrap_err(), error);
        }
    }
}
