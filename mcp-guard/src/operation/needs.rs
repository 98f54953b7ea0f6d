//! What one request needs.

use super::Arguments;
use super::Entry;
use crate::policy::Requirement;
use crate::scope::ScopeSet;

/// What one request needs: a requirement with the scopes that its arguments add, and that of everything else it is about.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Needs<'o> {
    requirement: &'o Requirement,
    further: ScopeSet,
    besides: Vec<Self>,
}

impl<'o> Needs<'o> {
    pub(crate) const fn new(requirement: &'o Requirement) -> Self {
        Self { requirement, further: ScopeSet::new(), besides: Vec::new() }
    }

    /// What `entry` needs with these arguments. Arguments that cannot be read add nothing here: the inner lock, which reads them again, answers with what is
    /// wrong with them, and nothing runs.
    pub(crate) fn of(entry: &'o Entry, arguments: Option<&Arguments>) -> Self {
        let further = match arguments {
            Some(arguments) if entry.depends_on_arguments() => entry.further(arguments).unwrap_or_default(),
            _ => ScopeSet::new(),
        };
        Self { requirement: entry.requirement(), further, besides: Vec::new() }
    }

    /// And that, too.
    pub(crate) fn and(mut self, other: Option<Self>) -> Self {
        self.besides.extend(other);
        self
    }

    /// Each requirement with the scopes that arguments add to it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Requirement, &ScopeSet)> + Clone {
        let besides = self.besides.iter().map(|needs| (needs.requirement, &needs.further));
        std::iter::once((self.requirement, &self.further)).chain(besides)
    }
}
