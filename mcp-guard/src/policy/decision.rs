//! The authorization decision.

use crate::policy::{Client, Denial, Denials, Enforcement, Requirement, Visibility};
use crate::scope::{Hierarchy, Scope, ScopeSet};

/// The authorization rules of a server: baseline scopes, scope hierarchy, anonymous access, and the form of rejections.
///
/// The default is the strictest policy: no anonymous callers, and no scope implies another.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    baseline: ScopeSet,
    hierarchy: Hierarchy,
    allow_anonymous: bool,
    hide_requirements: bool,
    name_granted: bool,
    visibility: Visibility,
    denials: Denials,
    enforcement: Enforcement,
}

/// The maximum length of the granted scopes in a challenge, in bytes. Clients and proxies limit headers, most to 8 KiB.
const MAX_GRANTED: usize = 2048;
/// The maximum length of the required scopes in a challenge, in bytes. Clients would reject a longer header.
const MAX_NEEDED: usize = 6144;

/// The maximum length of the missing scopes in a message, in bytes.
const MAX_MISSING: usize = 512;

/// A scope that clients request by themselves and a resource server never requires (MCP, "Refresh Tokens").
const OFFLINE_ACCESS: Scope = Scope::from_static("offline_access");

/// The decision on a request.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a caller of decide must handle every decision")]
pub enum Decision {
    /// The caller satisfies the requirement.
    Allow,
    /// A valid token is required: `401`, with these scopes in the challenge.
    Authenticate {
        /// All required scopes, including the baseline.
        needed: ScopeSet,
    },
    /// The token is valid and lacks scopes: `403 insufficient_scope`.
    Forbid {
        /// All required scopes, including the baseline, for the challenge.
        needed: ScopeSet,
        /// The scopes that the token lacks, for the message. Empty if the list is too long.
        missing: ScopeSet,
    },
    /// The token is valid and lacks scopes, and their enforcement is report-only: the request is allowed and recorded.
    Report,
}

impl Decision {
    /// Returns whether the request is allowed.
    #[must_use]
    pub const fn allows(&self) -> bool {
        matches!(self, Self::Allow | Self::Report)
    }
}

/// A requirement of one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Required<'r> {
    pub(crate) requirement: &'r Requirement,
    /// The scopes that follow from the arguments.
    pub(crate) further: &'r ScopeSet,
    /// Whether missing scopes are only recorded. The baseline is still enforced.
    pub(crate) is_report_only: bool,
}

impl Policy {
    /// Creates a policy.
    #[must_use]
    pub fn new(baseline: ScopeSet, hierarchy: Hierarchy, allow_anonymous: bool) -> Self {
        Self { baseline, hierarchy, allow_anonymous, ..Self::default() }
    }

    /// Names only the baseline in challenges to callers without a valid token.
    #[must_use]
    pub const fn hide_requirements(mut self) -> Self {
        self.hide_requirements = true;
        self
    }

    /// Returns whether callers without a valid token receive only the baseline scopes.
    #[must_use]
    pub const fn hides_requirements(&self) -> bool {
        self.hide_requirements
    }

    /// Also names the granted scopes in a `403`, for clients that replace their scopes by those of a challenge (the
    /// TypeScript SDK v1, VS Code).
    #[must_use]
    pub const fn name_granted_scopes(mut self) -> Self {
        self.name_granted = true;
        self
    }

    /// Configures which operations lists show. Default: all.
    #[must_use]
    pub const fn with_visibility(mut self, visibility: Visibility) -> Self {
        self.visibility = visibility;
        self
    }

    /// Sets whether missing scopes are enforced. Something must record the requests that are only reported.
    pub(crate) const fn with_enforcement(mut self, enforcement: Enforcement) -> Self {
        self.enforcement = enforcement;
        self
    }

    /// Returns whether missing scopes are enforced.
    #[must_use]
    pub const fn enforcement(&self) -> Enforcement {
        self.enforcement
    }

    pub(crate) fn with_denials(mut self, denials: Denials) -> Self {
        self.denials = denials;
        self
    }

    /// Decides whether a caller with the `granted` scopes satisfies `requirement`. `None` is a caller without a valid
    /// token. Report-only enforcement does not apply, because nothing records this decision.
    #[must_use]
    pub fn decide(&self, requirement: &Requirement, granted: Option<&ScopeSet>) -> Decision {
        self.decide_with(requirement, &ScopeSet::new(), granted)
    }

    /// Like [`decide`](Self::decide), but also requires every scope in `further`, such as the scopes that follow from
    /// the arguments of a request.
    #[must_use]
    pub fn decide_with(&self, requirement: &Requirement, further: &ScopeSet, granted: Option<&ScopeSet>) -> Decision {
        self.decide_all(std::iter::once(Required { requirement, further, is_report_only: false }), granted, false)
    }

    /// Decides on several requirements at once, each with its further scopes. The challenge names the scopes of all of
    /// them (MCP, "Runtime Insufficient Scope Errors"). Everything is enforced unless `may_report`: a request that nothing
    /// records is never let through.
    pub(crate) fn decide_all<'r>(
        &self,
        required: impl Iterator<Item = Required<'r>> + Clone,
        granted: Option<&ScopeSet>,
        may_report: bool,
    ) -> Decision {
        if required.clone().all(|each| self.is_satisfied(each.requirement, each.further, granted)) {
            return Decision::Allow;
        }
        let Some(granted) = granted else {
            return Decision::Authenticate { needed: self.needed_unauthenticated_all(required) };
        };
        if may_report && required.clone().all(|each| self.is_reported(each, granted)) {
            return Decision::Report;
        }
        let missing = self.missing_all(required.clone(), granted);
        let needed = required.map(|each| self.challenge_scopes(each.requirement, each.further, granted));
        Decision::Forbid { needed: self.bounded(needed), missing: within_message(missing) }
    }

    /// Returns whether the part of a requirement that is enforced is satisfied.
    fn is_reported(&self, required: Required<'_>, granted: &ScopeSet) -> bool {
        match (self.enforcement, required.is_report_only) {
            (Enforcement::ReportOnly, _) => true,
            (Enforcement::Enforced, true) => self.baseline.iter().all(|scope| self.grants(granted, scope)),
            (Enforcement::Enforced, false) => self.is_satisfied(required.requirement, required.further, Some(granted)),
        }
    }

    /// Returns the scopes that `granted` lacks for several requirements.
    pub(crate) fn missing_all<'r>(&self, required: impl Iterator<Item = Required<'r>>, granted: &ScopeSet) -> ScopeSet {
        required.flat_map(|each| self.missing(each.requirement, each.further, granted)).cloned().collect()
    }

    /// Returns the scopes that several requirements name, including the baseline. A requirement that a caller without
    /// a token satisfies names none.
    pub(crate) fn needed_all<'r>(&self, required: impl Iterator<Item = Required<'r>>) -> ScopeSet {
        let is_guarded = |each: &Required<'_>| !self.is_satisfied(each.requirement, each.further, None);
        required.filter(is_guarded).flat_map(|each| self.needed(each.requirement).union(each.further)).collect()
    }

    fn is_satisfied(&self, requirement: &Requirement, further: &ScopeSet, granted: Option<&ScopeSet>) -> bool {
        if matches!(requirement, Requirement::Public) && self.allow_anonymous && further.is_empty() {
            return true;
        }
        let Some(granted) = granted else { return false };
        let is_granted = |scope: &Scope| self.grants(granted, scope);
        let satisfies_requirement = match requirement {
            Requirement::Public | Requirement::Authenticated => true,
            Requirement::All(scopes) => scopes.iter().all(is_granted),
            Requirement::Any(scopes) => scopes.iter().any(is_granted),
        };
        satisfies_requirement && further.iter().all(is_granted) && self.baseline.iter().all(is_granted)
    }

    /// Returns the scopes that `granted` lacks for one requirement.
    fn missing<'s>(
        &'s self,
        requirement: &'s Requirement,
        further: &'s ScopeSet,
        granted: &'s ScopeSet,
    ) -> impl Iterator<Item = &'s Scope> {
        let own = match requirement {
            Requirement::Public | Requirement::Authenticated => &[],
            Requirement::All(scopes) => scopes.as_slice(),
            Requirement::Any(scopes) if scopes.iter().any(|scope| self.grants(granted, scope)) => &[],
            Requirement::Any(scopes) => std::slice::from_ref(scopes.first()),
        };
        self.baseline.iter().chain(own).chain(further).filter(|scope| !self.grants(granted, scope))
    }

    /// Returns the scopes that `granted` does not contain, neither directly nor through a broader scope.
    pub(crate) fn missing_of(&self, scopes: &ScopeSet, granted: &ScopeSet) -> ScopeSet {
        scopes.iter().filter(|scope| !self.grants(granted, scope)).cloned().collect()
    }

    /// Returns whether `granted` contains this scope, directly or through a broader one.
    #[must_use]
    pub fn grants(&self, granted: &ScopeSet, scope: &Scope) -> bool {
        self.hierarchy.grants(granted, scope)
    }

    /// Returns all other scopes that imply this scope.
    #[cfg(feature = "docs-page")]
    pub(crate) fn broader(&self, scope: &Scope) -> impl Iterator<Item = &Scope> {
        self.hierarchy.broader(scope)
    }

    /// Returns the scopes that a challenge for `requirement` names, including the baseline and independent of the
    /// caller.
    #[must_use]
    pub fn needed(&self, requirement: &Requirement) -> ScopeSet {
        match requirement {
            Requirement::Public | Requirement::Authenticated => self.baseline.clone(),
            Requirement::All(scopes) => self.baseline.union(scopes),
            Requirement::Any(scopes) => self.baseline.union(&scopes.first().clone().into()),
        }
    }

    /// Returns the scopes that a challenge names to a caller without a valid token, for `requirement` and `further`
    /// scopes.
    #[must_use]
    pub fn needed_unauthenticated(&self, requirement: &Requirement, further: &ScopeSet) -> ScopeSet {
        if self.hide_requirements { self.baseline.clone() } else { self.required_within_limit(requirement, further) }
    }

    /// Like [`needed_unauthenticated`](Self::needed_unauthenticated), for several requirements.
    pub(crate) fn needed_unauthenticated_all<'r>(&self, required: impl Iterator<Item = Required<'r>>) -> ScopeSet {
        self.bounded(required.map(|each| self.needed_unauthenticated(each.requirement, each.further)))
    }

    /// Returns the scopes that a challenge names to a caller with the `granted` scopes.
    pub(crate) fn challenge_scopes(
        &self,
        requirement: &Requirement,
        further: &ScopeSet,
        granted: &ScopeSet,
    ) -> ScopeSet {
        let needed = self.required_within_limit(requirement, further);
        if !self.name_granted || length(granted) > MAX_GRANTED {
            return needed;
        }
        granted.iter().filter(|scope| **scope != OFFLINE_ACCESS).chain(&needed).cloned().collect()
    }

    /// Returns the required scopes. Omits the `further` scopes if the list is too long for a challenge.
    fn required_within_limit(&self, requirement: &Requirement, further: &ScopeSet) -> ScopeSet {
        let needed = self.needed(requirement);
        if further.is_empty() || length(&needed) + length(further) > MAX_NEEDED {
            return needed;
        }
        further.iter().filter(|scope| **scope != OFFLINE_ACCESS).chain(&needed).cloned().collect()
    }

    /// Returns the union, or the baseline if the union is too long for a challenge.
    fn bounded(&self, each: impl Iterator<Item = ScopeSet>) -> ScopeSet {
        let all: ScopeSet = each.flatten().collect();
        if length(&all) > MAX_NEEDED { self.baseline.clone() } else { all }
    }

    /// Returns the scopes that every guarded request requires.
    #[must_use]
    pub const fn baseline(&self) -> &ScopeSet {
        &self.baseline
    }

    /// Returns which scopes imply others.
    #[must_use]
    pub const fn hierarchy(&self) -> &Hierarchy {
        &self.hierarchy
    }

    /// Returns which operations lists show.
    #[must_use]
    pub const fn visibility(&self) -> Visibility {
        self.visibility
    }

    /// Returns the form of rejections for this client.
    pub(crate) fn denial(&self, client: &Client<'_>) -> Denial {
        self.denials.of(client)
    }

    /// Returns whether public operations accept callers without a token.
    #[must_use]
    pub const fn allows_anonymous(&self) -> bool {
        self.allow_anonymous
    }
}

/// Returns the length of a list of scopes, in bytes.
fn length(scopes: &ScopeSet) -> usize {
    scopes.iter().map(|scope| scope.as_str().len() + 1).sum()
}

/// Returns the missing scopes that a message names: all of them, or none if they are too long.
pub(crate) fn within_message(missing: ScopeSet) -> ScopeSet {
    if length(&missing) > MAX_MISSING { ScopeSet::new() } else { missing }
}

#[cfg(test)]
mod tests;
