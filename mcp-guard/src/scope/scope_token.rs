//! A single scope (RFC 6749 section 3.3).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One scope: printable ASCII without space, `"` and `\` (RFC 6749 section 3.3).
///
/// Scopes are compared exactly and case-sensitively. A `Scope` is always well-formed.
///
/// ```
/// use mcp_guard::Scope;
///
/// let write = Scope::new("todo:write")?;
/// assert_eq!(write.as_str(), "todo:write");
/// assert!(Scope::new("todo:read todo:write").is_err());
/// # Ok::<(), mcp_guard::error::InvalidScope>(())
/// ```
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Scope(Cow<'static, str>);

impl Scope {
    /// Validates `scope` against the grammar of RFC 6749 section 3.3.
    ///
    /// # Errors
    ///
    /// [`InvalidScope`] if the text is empty or contains a character that the grammar forbids.
    pub fn new(scope: impl Into<Cow<'static, str>>) -> Result<Self, InvalidScope> {
        let scope = scope.into();
        if scope.is_empty() {
            return Err(InvalidScope::Empty);
        }
        match scope.chars().find(|c| !u8::try_from(*c).is_ok_and(is_scope_byte)) {
            None => Ok(Self(scope)),
            Some(c) => Err(InvalidScope::Character(c)),
        }
    }

    /// Creates a scope from a literal. In a constant it is validated at compile time.
    ///
    /// # Panics
    ///
    /// If the text is not a scope. In a `const` this is a compile error.
    #[must_use]
    pub const fn from_static(scope: &'static str) -> Self {
        let bytes = scope.as_bytes();
        assert!(!bytes.is_empty(), "a scope cannot be empty");
        let mut i = 0;
        while i < bytes.len() {
            assert!(
                is_scope_byte(bytes[i]),
                "not a scope: RFC 6749 section 3.3 allows printable ASCII except space, \" and \\"
            );
            i += 1;
        }
        Self(Cow::Borrowed(scope))
    }

    /// Returns the text of the scope.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const fn is_scope_byte(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E)
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::new(s.to_owned())
    }
}

impl TryFrom<&str> for Scope {
    type Error = InvalidScope;

    fn try_from(s: &str) -> Result<Self, Self::Error> {
        s.parse()
    }
}

impl TryFrom<String> for Scope {
    type Error = InvalidScope;

    fn try_from(s: String) -> Result<Self, Self::Error> {
        Self::new(s)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let scope = String::deserialize(deserializer)?;
        Self::new(scope).map_err(serde::de::Error::custom)
    }
}

/// The reason why a text is not a scope.
#[derive(Clone, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidScope {
    /// The text is empty.
    #[error("a scope cannot be empty")]
    Empty,
    /// The text contains this character.
    #[error("{0:?} is not allowed in a scope: RFC 6749 section 3.3 allows printable ASCII except space, '\"' and '\\'")]
    Character(char),
}

debug_as_display!(InvalidScope);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scope_follows_the_grammar_of_rfc_6749() {
        for good in ["a", "todo:read", "https://api.example.com/x", "!", "#", "[", "]", "~", "a'b"] {
            assert!(Scope::new(good).is_ok(), "{good}");
        }
        for (bad, error) in [
            ("", InvalidScope::Empty),
            ("a b", InvalidScope::Character(' ')),
            ("a\"b", InvalidScope::Character('"')),
            ("a\\b", InvalidScope::Character('\\')),
            ("a\tb", InvalidScope::Character('\t')),
            ("a\r\nb", InvalidScope::Character('\r')),
            ("tâche:write", InvalidScope::Character('â')),
            ("a\u{7f}", InvalidScope::Character('\u{7f}')),
        ] {
            assert_eq!(Scope::new(bad), Err(error), "{bad:?}");
        }
    }
}
