//! The scope hierarchy of a server.
//!
//! A server MUST account for scope hierarchies (MCP 2026-07-28, authorization, "Step-Up Authorization Flow").
//! Implications are declared. They are never inferred from `:` or `*`.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{ConfigError, Setting};
use crate::scope::{Scope, ScopeSet};

/// A scope hierarchy, closed transitively.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Hierarchy {
    /// For each scope, all other scopes that imply it.
    broader: BTreeMap<Scope, ScopeSet>,
}

impl Hierarchy {
    /// Creates the transitive closure of the declared pairs (`broad`, `narrow`).
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if a scope implies itself.
    pub fn new(implications: impl IntoIterator<Item = (Scope, Scope)>) -> Result<Self, ConfigError> {
        let mut direct: BTreeMap<Scope, BTreeSet<Scope>> = BTreeMap::new();
        for (broad, narrow) in implications {
            direct.entry(narrow).or_default().insert(broad);
        }
        let mut broader = BTreeMap::new();
        for narrow in direct.keys() {
            let mut reached = BTreeSet::new();
            let mut open: Vec<&Scope> = vec![narrow];
            while let Some(scope) = open.pop() {
                for broad in direct.get(scope).into_iter().flatten() {
                    if broad == narrow {
                        return Err(ConfigError::conflict(
                            Setting::ScopeImplies,
                            format!("scope \"{narrow}\" implies itself: remove one of the implications in this cycle"),
                        ));
                    }
                    if reached.insert(broad.clone()) {
                        open.push(broad);
                    }
                }
            }
            broader.insert(narrow.clone(), reached.into_iter().collect());
        }
        Ok(Self { broader })
    }

    /// Returns whether `granted` contains `needed`, directly or through a broader scope.
    #[must_use]
    pub fn grants(&self, granted: &ScopeSet, needed: &Scope) -> bool {
        granted.contains(needed)
            || self.broader.get(needed).is_some_and(|broader| broader.iter().any(|scope| granted.contains(scope)))
    }

    /// Returns all other scopes that imply this scope.
    #[cfg(feature = "docs-page")]
    pub(crate) fn broader(&self, scope: &Scope) -> impl Iterator<Item = &Scope> {
        self.broader.get(scope).into_iter().flatten()
    }

    /// Returns each scope that implies others, with all scopes that it implies.
    #[must_use]
    pub fn implied(&self) -> BTreeMap<Scope, ScopeSet> {
        let mut implied: BTreeMap<Scope, ScopeSet> = BTreeMap::new();
        for (narrow, broader) in &self.broader {
            for broad in broader {
                implied.entry(broad.clone()).or_default().insert(narrow.clone());
            }
        }
        implied
    }
}

#[cfg(test)]
mod tests;
