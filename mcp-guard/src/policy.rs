//! The one place that answers "may they?".

use crate::hierarchy::Hierarchy;
use crate::requirement::Requirement;
use crate::scope::Scope;
use crate::scope::ScopeSet;

/// What holds for a whole server: its baseline scopes, its scope hierarchy, and whether anonymous callers may come in.
///
/// The default is the strictest one: no anonymous callers, no scope implies another.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    baseline: ScopeSet,
    hierarchy: Hierarchy,
    allow_anonymous: bool,
    hide_requirements: bool,
}

/// The answer to "may they?".
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a caller of decide must handle every answer")]
pub enum Decision {
    /// They may.
    Allow,
    /// There is no valid token and one is needed: `401`, naming these scopes.
    Authenticate {
        /// Every scope the operation needs, baseline included.
        needed: ScopeSet,
    },
    /// The token is valid and holds too little: `403 insufficient_scope`, naming these scopes.
    Forbid {
        /// Every scope the operation needs, baseline included: what is needed, not what is missing.
        needed: ScopeSet,
    },
}

impl Policy {
    /// A policy.
    #[must_use]
    pub const fn new(baseline: ScopeSet, hierarchy: Hierarchy, allow_anonymous: bool) -> Self {
        Self { baseline, hierarchy, allow_anonymous, hide_requirements: false }
    }

    /// Names only the baseline to callers without a valid token, whatever the operation needs.
    #[must_use]
    pub const fn hide_requirements(mut self) -> Self {
        self.hide_requirements = true;
        self
    }

    /// Decides whether a caller with the `granted` scopes (`None`: without a valid token) may do what `requirement` guards.
    #[must_use]
    pub fn decide(&self, requirement: &Requirement, granted: Option<&ScopeSet>) -> Decision {
        if matches!(requirement, Requirement::Public) && self.allow_anonymous {
            return Decision::Allow;
        }
        let Some(granted) = granted else {
            return Decision::Authenticate { needed: self.needed_unauthenticated(requirement) };
        };
        let holds = |scope: &Scope| self.hierarchy.grants(granted, scope);
        let enough = match requirement {
            Requirement::Public | Requirement::Authenticated => true,
            Requirement::All(scopes) => scopes.iter().all(holds),
            Requirement::Any(scopes) => scopes.iter().any(holds),
        };
        if enough && self.baseline.iter().all(holds) {
            Decision::Allow
        } else {
            Decision::Forbid { needed: self.needed(requirement) }
        }
    }

    /// The scopes that a challenge for `requirement` names: all of them at once, the baseline included, whatever the caller holds.
    #[must_use]
    pub fn needed(&self, requirement: &Requirement) -> ScopeSet {
        match requirement {
            Requirement::Public | Requirement::Authenticated => self.baseline.clone(),
            Requirement::All(scopes) => self.baseline.union(scopes),
            Requirement::Any(scopes) => self.baseline.union(&scopes.first().clone().into()),
        }
    }

    /// The scopes that a challenge for `requirement` names to a caller without a valid token.
    #[must_use]
    pub fn needed_unauthenticated(&self, requirement: &Requirement) -> ScopeSet {
        if self.hide_requirements { self.baseline.clone() } else { self.needed(requirement) }
    }

    /// The scopes that every guarded request needs.
    #[must_use]
    pub const fn baseline(&self) -> &ScopeSet {
        &self.baseline
    }

    /// Whether public operations are open to callers without a token.
    #[must_use]
    pub const fn allows_anonymous(&self) -> bool {
        self.allow_anonymous
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(text: &str) -> ScopeSet {
        text.parse().unwrap()
    }

    fn scope(text: &'static str) -> Scope {
        Scope::from_static(text)
    }

    fn policy(baseline: &str, allow_anonymous: bool) -> Policy {
        let hierarchy = Hierarchy::new([(scope("todo:write"), scope("todo:read"))]).unwrap();
        Policy::new(scopes(baseline), hierarchy, allow_anonymous)
    }

    #[test]
    fn decisions() {
        let read = || Requirement::scope(scope("todo:read"));
        let write = || Requirement::scope(scope("todo:write"));
        let both = || Requirement::all([scope("todo:write"), scope("todo:delete")]);
        let any = || Requirement::any(scope("b"), [scope("a")]);
        // requirement, granted (None: no token), scopes the challenge names (None: allowed)
        let table: &[(Requirement, Option<&str>, Option<&str>)] = &[
            (read(), Some("todo:read"), None),
            (read(), Some("todo:write"), None),
            (read(), Some(""), Some("todo:read")),
            (read(), Some("TODO:READ"), Some("todo:read")),
            (read(), None, Some("todo:read")),
            (write(), Some("todo:read"), Some("todo:read todo:write")),
            (write(), Some("todo:write"), None),
            (both(), Some("todo:write"), Some("todo:delete todo:read todo:write")),
            (both(), Some("todo:delete"), Some("todo:delete todo:read todo:write")),
            (both(), Some("todo:delete todo:write"), None),
            (any(), Some("todo:read a"), None),
            (any(), Some("todo:read b"), None),
            (any(), Some("todo:read"), Some("b todo:read")),
            (any(), Some("a"), Some("b todo:read")),
            (any(), None, Some("b todo:read")),
            (Requirement::Authenticated, Some("todo:read"), None),
            (Requirement::Authenticated, Some("other"), Some("todo:read")),
            (Requirement::Authenticated, None, Some("todo:read")),
            (Requirement::Public, None, Some("todo:read")),
        ];
        let policy = policy("todo:read", false);
        for (requirement, granted, challenge) in table {
            let granted = granted.map(scopes);
            let expected = match (challenge, &granted) {
                (None, _) => Decision::Allow,
                (Some(needed), None) => Decision::Authenticate { needed: scopes(needed) },
                (Some(needed), Some(_)) => Decision::Forbid { needed: scopes(needed) },
            };
            assert_eq!(policy.decide(requirement, granted.as_ref()), expected, "{requirement:?} with {granted:?}");
        }
    }

    #[test]
    fn public_is_open_only_where_the_server_allows_anonymous_callers() {
        assert_eq!(policy("", true).decide(&Requirement::Public, None), Decision::Allow);
        assert!(matches!(policy("", false).decide(&Requirement::Public, None), Decision::Authenticate { .. }));
        assert!(matches!(policy("", true).decide(&Requirement::Authenticated, None), Decision::Authenticate { .. }));
    }

    #[test]
    fn an_empty_list_of_scopes_still_needs_a_token() {
        assert!(matches!(policy("", true).decide(&Requirement::all([]), None), Decision::Authenticate { .. }));
        assert_eq!(policy("", true).decide(&Requirement::all([]), Some(&scopes(""))), Decision::Allow);
    }
}
