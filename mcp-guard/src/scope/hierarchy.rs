//! The scope hierarchy of a server.
//!
//! A server MUST account for scope hierarchies (MCP 2026-07-28, authorization, "Step-Up Authorization Flow").
//! Implications are declared. They are never inferred from `:` or `*`.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{ConfigError, Setting};
use crate::scope::{Scope, ScopeSet};

/// A scope hierarchy, closed transitively.
#[derive(Clone, Debug, Default)]
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hierarchy(pairs: &[(&'static str, &'static str)]) -> Result<Hierarchy, ConfigError> {
        Hierarchy::new(pairs.iter().map(|(a, b)| (Scope::from_static(a), Scope::from_static(b))))
    }

    fn grants(hierarchy: &Hierarchy, granted: &str, needed: &'static str) -> bool {
        hierarchy.grants(&granted.parse().unwrap(), &Scope::from_static(needed))
    }

    #[test]
    fn implication_is_transitive_and_one_way() {
        let h = hierarchy(&[("admin", "write"), ("write", "read")]).unwrap();
        assert!(grants(&h, "admin", "read"));
        assert!(grants(&h, "admin", "write"));
        assert!(grants(&h, "write", "read"));
        assert!(!grants(&h, "read", "write"));
        assert!(!grants(&h, "write", "admin"));
    }

    #[test]
    fn implication_is_not_inferred_from_spelling() {
        let h = hierarchy(&[]).unwrap();
        for (granted, needed) in
            [("todo", "todo:read"), ("todo:*", "todo:read"), ("*", "todo:read"), ("todo:", "todo:read")]
        {
            assert!(!grants(&h, granted, needed), "{granted} must not grant {needed}");
        }
    }

    #[test]
    fn cycle_is_rejected_and_diamond_is_accepted() {
        assert!(hierarchy(&[("a", "a")]).is_err());
        assert!(hierarchy(&[("a", "b"), ("b", "c"), ("c", "a")]).is_err());
        assert!(hierarchy(&[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]).is_ok());
    }
}
