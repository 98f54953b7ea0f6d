//! Scopes and sets of scopes, as RFC 6749 section 3.3 writes them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::Deserialize;
use serde::Serialize;

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
/// # Ok::<(), mcp_guard::InvalidScope>(())
/// ```
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Scope(Cow<'static, str>);

impl Scope {
    /// Checks `scope` against the grammar of RFC 6749 section 3.3.
    ///
    /// # Errors
    ///
    /// [`InvalidScope`] when the text is empty or holds a character that the grammar forbids.
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

    /// A scope from a literal, checked while compiling when it is used in a constant.
    ///
    /// # Panics
    ///
    /// When the text is no scope. In a `const` that is a compile error.
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

    /// The scope's text.
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

/// Why a text is no scope.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidScope {
    /// The text is empty.
    #[error("a scope cannot be empty")]
    Empty,
    /// The text holds this character.
    #[error("{0:?} is not allowed in a scope: RFC 6749 section 3.3 allows printable ASCII except space, '\"' and '\\'")]
    Character(char),
}

/// A sorted set of scopes. It prints as a `scope` parameter: separated by single spaces.
///
/// ```
/// use mcp_guard::ScopeSet;
///
/// let granted: ScopeSet = "todo:write todo:read".parse()?;
/// assert_eq!(granted.to_string(), "todo:read todo:write");
/// # Ok::<(), mcp_guard::InvalidScope>(())
/// ```
#[derive(Clone, Default, Eq, Hash, PartialEq)]
pub struct ScopeSet(Vec<Scope>);

impl ScopeSet {
    /// The empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a scope.
    pub fn insert(&mut self, scope: Scope) {
        if let Err(at) = self.0.binary_search(&scope) {
            self.0.insert(at, scope);
        }
    }

    /// Whether the set holds exactly this scope.
    #[must_use]
    pub fn contains(&self, scope: &Scope) -> bool {
        self.0.binary_search(scope).is_ok()
    }

    /// Every scope of either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.iter().chain(other).cloned().collect()
    }

    /// The scopes in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Scope> {
        self.0.iter()
    }

    /// How many scopes the set holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the set holds no scope.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(&self.0).finish()
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, scope) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.as_str())?;
        }
        Ok(())
    }
}

/// Parses a `scope` parameter or claim: scopes separated by spaces.
impl FromStr for ScopeSet {
    type Err = InvalidScope;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        s.split(' ').filter(|part| !part.is_empty()).map(str::parse).collect()
    }
}

/// The same, but at least one scope: a requirement that is empty by accident would let everybody pass.
impl TryFrom<&str> for ScopeSet {
    type Error = InvalidScope;

    fn try_from(s: &str) -> Result<Self, Self::Error> {
        let scopes: Self = s.parse()?;
        if scopes.is_empty() { Err(InvalidScope::Empty) } else { Ok(scopes) }
    }
}

impl From<Scope> for ScopeSet {
    fn from(scope: Scope) -> Self {
        Self(vec![scope])
    }
}

impl<T: Into<Scope>, const N: usize> From<[T; N]> for ScopeSet {
    fn from(scopes: [T; N]) -> Self {
        scopes.into_iter().map(Into::into).collect()
    }
}

impl<T: Into<Scope>> From<Vec<T>> for ScopeSet {
    fn from(scopes: Vec<T>) -> Self {
        scopes.into_iter().map(Into::into).collect()
    }
}

impl<T: Into<Scope>> From<Option<T>> for ScopeSet {
    fn from(scope: Option<T>) -> Self {
        scope.into_iter().map(Into::into).collect()
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut scopes: Vec<Scope> = scopes.into_iter().collect();
        scopes.sort_unstable();
        scopes.dedup();
        Self(scopes)
    }
}

impl Extend<Scope> for ScopeSet {
    fn extend<I: IntoIterator<Item = Scope>>(&mut self, scopes: I) {
        for scope in scopes {
            self.insert(scope);
        }
    }
}

impl IntoIterator for ScopeSet {
    type Item = Scope;
    type IntoIter = std::vec::IntoIter<Scope>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a ScopeSet {
    type Item = &'a Scope;
    type IntoIter = std::slice::Iter<'a, Scope>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Serialize for ScopeSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn grammar_is_that_of_rfc_6749_section_3_3() {
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

    #[test]
    fn comparison_is_exact_and_case_sensitive() {
        let set: ScopeSet = "Todo:read".parse().unwrap();
        assert!(!set.contains(&Scope::from_static("todo:read")));
        assert!(!set.contains(&Scope::from_static("Todo")));
    }

    #[test]
    fn a_set_prints_sorted_and_without_repetition() {
        let set: ScopeSet = "b a  b ".parse().unwrap();
        assert_eq!(set.to_string(), "a b");
        assert_eq!(serde_json::to_string(&set).unwrap(), r#"["a","b"]"#);
        assert!(serde_json::from_str::<Scope>(r#""a b""#).is_err());
        assert_eq!(serde_json::from_str::<Scope>(r#""a""#).unwrap(), Scope::from_static("a"));
    }

    #[test]
    fn a_set_is_made_of_whatever_holds_scopes() {
        struct Write;

        impl From<Write> for Scope {
            fn from(_: Write) -> Self {
                Self::from_static("todo:write")
            }
        }

        let read = || Scope::from_static("todo:read");
        let write: ScopeSet = "todo:write".parse().unwrap();
        assert_eq!(ScopeSet::from([Write, Write]), write);
        assert_eq!(ScopeSet::from(vec![Write]), write);
        assert_eq!(ScopeSet::from(Some(Write)), write);
        assert_eq!(ScopeSet::from([Write.into(), read()]).to_string(), "todo:read todo:write");
        assert_eq!(<ScopeSet as From<[Scope; 0]>>::from([]), ScopeSet::new());
        assert_eq!(ScopeSet::from(Vec::<Scope>::new()), ScopeSet::new());
        assert_eq!(ScopeSet::from(None::<Scope>), ScopeSet::new());
    }

    proptest! {
        #[test]
        fn any_text_parses_or_is_refused_and_what_parses_prints_back(text in ".{0,64}") {
            if let Ok(set) = text.parse::<ScopeSet>() {
                prop_assert_eq!(&set.to_string().parse::<ScopeSet>().unwrap(), &set);
                prop_assert!(set.iter().all(|s| s.as_str().bytes().all(is_scope_byte)));
            }
        }
    }
}
