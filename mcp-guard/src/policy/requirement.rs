//! What an operation asks of its caller.

use std::fmt;

use crate::scope::Scope;
use crate::scope::ScopeSet;

/// What an operation asks of its caller: exactly one of these is declared beside every tool.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Requirement {
    /// No token is needed, if the server lets anonymous callers in at all.
    Public,
    /// Any valid token that holds the server's baseline scopes.
    Authenticated,
    /// All of these scopes, besides the baseline.
    All(ScopeSet),
    /// One of these scopes, besides the baseline. A challenge cannot say "or" (RFC 6750 section 3), so it names the
    /// first: list the least powerful one first.
    Any(AnyOf),
}

impl Requirement {
    /// This scope, or one that implies it.
    #[must_use]
    pub fn scope(scope: Scope) -> Self {
        Self::All(scope.into())
    }

    /// All of these scopes. With none it is [`Requirement::Authenticated`].
    #[must_use]
    pub fn all(scopes: impl IntoIterator<Item = Scope>) -> Self {
        let scopes: ScopeSet = scopes.into_iter().collect();
        if scopes.is_empty() { Self::Authenticated } else { Self::All(scopes) }
    }

    /// One of these scopes: `first`, which a challenge names, or one of the `others`.
    #[must_use]
    pub fn any(first: Scope, others: impl IntoIterator<Item = Scope>) -> Self {
        Self::Any(AnyOf { first, others: others.into_iter().collect() })
    }
}

/// As a person reads it: `public`, `authenticated`, `a and b`, `a or b`.
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => f.write_str("public"),
            Self::Authenticated => f.write_str("authenticated"),
            Self::All(scopes) => joined(scopes.iter(), " and ", f),
            Self::Any(scopes) => joined(scopes.iter(), " or ", f),
        }
    }
}

fn joined<'s>(scopes: impl Iterator<Item = &'s Scope>, by: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (at, scope) in scopes.enumerate() {
        write!(f, "{}{scope}", if at == 0 { "" } else { by })?;
    }
    Ok(())
}

/// Alternatives of which one is enough; never empty.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AnyOf {
    first: Scope,
    others: ScopeSet,
}

impl AnyOf {
    /// The alternative that a challenge names.
    #[must_use]
    pub const fn first(&self) -> &Scope {
        &self.first
    }

    /// Every alternative, the first one first.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        std::iter::once(&self.first).chain(&self.others)
    }
}
