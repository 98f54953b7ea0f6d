//! The scopes that one request requires.

use super::{Arguments, Entry};
use crate::policy::{Required, Requirement};
use crate::scope::ScopeSet;

/// The requirements of one request: of its operation, with the scopes that arguments add, and of its subjects.
#[derive(Debug)]
pub(crate) struct Needs<'o> {
    requirement: &'o Requirement,
    further: ScopeSet,
    is_report_only: bool,
    /// The operation, unless the method is not one.
    entry: Option<&'o Entry>,
    subjects: Vec<Self>,
}

impl<'o> Needs<'o> {
    pub(crate) const fn new(requirement: &'o Requirement) -> Self {
        Self { requirement, further: ScopeSet::new(), is_report_only: false, entry: None, subjects: Vec::new() }
    }

    /// Returns the requirement of `entry` with these arguments. Arguments that cannot be parsed add no scopes here. The
    /// inner lock parses them again and responds with the error.
    pub(crate) fn of(entry: &'o Entry, arguments: Option<&Arguments>) -> Self {
        let further = match arguments {
            Some(arguments) if entry.depends_on_arguments() => entry.further(arguments).unwrap_or_default(),
            _ => ScopeSet::new(),
        };
        Self::with(entry, further)
    }

    /// Returns the requirement of `entry` with the scopes that its arguments add.
    pub(crate) const fn with(entry: &'o Entry, further: ScopeSet) -> Self {
        let is_report_only = entry.is_report_only();
        Self { requirement: entry.requirement(), further, is_report_only, entry: Some(entry), subjects: Vec::new() }
    }

    /// Returns the operation that the request calls.
    pub(crate) const fn entry(&self) -> Option<&'o Entry> {
        self.entry
    }

    /// Adds the requirement of a subject.
    pub(crate) fn and(mut self, other: Option<Self>) -> Self {
        self.subjects.extend(other);
        self
    }

    /// Returns each requirement with the scopes that arguments add to it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Required<'_>> + Clone {
        std::iter::once(self).chain(&self.subjects).map(|needs| Required {
            requirement: needs.requirement,
            further: &needs.further,
            is_report_only: needs.is_report_only,
        })
    }
}
