//! Sets of scopes, written as a `scope` parameter (RFC 6749 section 3.3).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{InvalidScope, Scope};

/// A sorted set of scopes. It prints as a `scope` parameter, separated by single spaces.
///
/// ```
/// use mcp_guard::ScopeSet;
///
/// let granted: ScopeSet = "todo:write todo:read".parse()?;
/// assert_eq!(granted.to_string(), "todo:read todo:write");
/// # Ok::<(), mcp_guard::error::InvalidScope>(())
/// ```
#[derive(Clone, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ScopeSet(Vec<Scope>);

impl ScopeSet {
    /// Creates an empty set.
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

    /// Returns whether the set contains exactly this scope.
    #[must_use]
    pub fn contains(&self, scope: &Scope) -> bool {
        self.0.binary_search(scope).is_ok()
    }

    /// Returns the union of both sets.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if other.is_empty() {
            return self.clone();
        }
        self.iter().chain(other).cloned().collect()
    }

    /// Returns the scopes in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Scope> {
        self.0.iter()
    }

    /// Returns the number of scopes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl ScopeSet {
    /// Returns the scopes as a `scope` parameter, like `to_string` in a single allocation.
    pub(crate) fn joined(&self) -> String {
        let mut joined = String::with_capacity(self.iter().map(|scope| scope.as_str().len() + 1).sum());
        for (i, scope) in self.0.iter().enumerate() {
            if i > 0 {
                joined.push(' ');
            }
            joined.push_str(scope.as_str());
        }
        joined
    }

    pub(crate) fn as_slice(&self) -> &[Scope] {
        &self.0
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

/// Like [`FromStr`], but rejects an empty set, because an empty requirement would allow every caller.
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

impl<'de> Deserialize<'de> for ScopeSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<Scope>::deserialize(deserializer).map(Self::from_iter)
    }
}

#[cfg(test)]
mod tests;
