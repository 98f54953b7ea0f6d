//! One operation of a matrix.

use serde::{Deserialize, Serialize};

use super::{Operation, form};
use crate::operation::Entry;
use crate::operation::definition::{Definition, Digests};
use crate::policy::Requirement;

/// An operation in a [`ScopeMatrix`](super::ScopeMatrix), with its requirement and the digests of its definition.
///
/// A digest is the SHA-256 of the canonical JSON (RFC 8785), in hexadecimal. It is absent if that part of the definition
/// is empty.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixEntry {
    kind: Kind,
    name: String,
    #[serde(with = "form::requirement")]
    requirement: Requirement,
    depends_on_arguments: bool,
    report_only: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    annotations: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Tool,
    Prompt,
    Resource,
    Template,
    Method,
}

impl From<Operation<'_>> for Kind {
    fn from(operation: Operation<'_>) -> Self {
        match operation {
            Operation::Tool(_) => Self::Tool,
            Operation::Prompt(_) => Self::Prompt,
            Operation::Resource(_) => Self::Resource,
            Operation::Template(_) => Self::Template,
            Operation::Method(_) => Self::Method,
        }
    }
}

impl MatrixEntry {
    pub(super) fn new(definition: Definition<'_>, entry: &Entry, report_only: bool) -> Self {
        let operation = definition.operation();
        let Digests { schema, description, annotations } = definition.digests();
        Self {
            kind: operation.into(),
            name: operation.name().to_owned(),
            requirement: entry.requirement().clone(),
            depends_on_arguments: entry.depends_on_arguments(),
            report_only,
            schema,
            description,
            annotations,
        }
    }

    /// Returns the operation.
    #[must_use]
    pub fn operation(&self) -> Operation<'_> {
        Operation::new(self.kind, &self.name)
    }

    /// Returns the requirement, without the baseline.
    #[must_use]
    pub const fn requirement(&self) -> &Requirement {
        &self.requirement
    }

    /// Returns whether arguments can add scopes.
    #[must_use]
    pub const fn depends_on_arguments(&self) -> bool {
        self.depends_on_arguments
    }

    /// Returns whether missing scopes are recorded and not enforced.
    #[must_use]
    pub const fn is_report_only(&self) -> bool {
        self.report_only
    }

    /// Returns the digest of the input and output schemas of a tool, or of the arguments of a prompt.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// Returns the digest of the title and the description.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Returns the digest of all other parts of the definition: annotations, icons, `_meta` and media types.
    #[must_use]
    pub fn annotations(&self) -> Option<&str> {
        self.annotations.as_deref()
    }
}
