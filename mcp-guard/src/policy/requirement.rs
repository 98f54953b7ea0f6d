//! The requirement of an operation.

use std::fmt;

use crate::scope::{Scope, ScopeSet};

/// The requirement of an operation. Every operation declares exactly one.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Requirement {
    /// No token, if the server allows anonymous callers.
    Public,
    /// A valid token with the baseline scopes of the server.
    Authenticated,
    /// All of these scopes, in addition to the baseline.
    All(ScopeSet),
    /// One of these scopes, in addition to the baseline. A challenge cannot express alternatives (RFC 6750 section 3),
    /// so it names the first. List the least privileged scope first.
    Any(AnyOf),
}

impl Requirement {
    /// Requires this scope, or one that implies it.
    #[must_use]
    pub fn scope(scope: Scope) -> Self {
        Self::All(scope.into())
    }

    /// Requires all of these scopes. An empty list results in [`Requirement::Authenticated`].
    #[must_use]
    pub fn all(scopes: impl IntoIterator<Item = Scope>) -> Self {
        let scopes: ScopeSet = scopes.into_iter().collect();
        if scopes.is_empty() { Self::Authenticated } else { Self::All(scopes) }
    }

    /// Requires one of these scopes. A challenge names `first`.
    #[must_use]
    pub fn any(first: Scope, others: impl IntoIterator<Item = Scope>) -> Self {
        Self::Any(AnyOf { first, others: others.into_iter().collect() })
    }
}

/// Prints `public`, `authenticated`, `a and b`, or `a or b`.
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

/// A non-empty list of alternative scopes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AnyOf {
    first: Scope,
    others: ScopeSet,
}

impl AnyOf {
    /// Returns the alternative that a challenge names.
    #[must_use]
    pub const fn first(&self) -> &Scope {
        &self.first
    }

    /// Returns all alternatives, starting with the first.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        std::iter::once(&self.first).chain(&self.others)
    }
}
