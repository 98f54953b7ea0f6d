//! The JSON form of a matrix.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{MatrixEntry, ScopeMatrix};
use crate::policy::{Hierarchy, Requirement};
use crate::scope::{Scope, ScopeSet};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    /// The first member, so that a reader of another version reports it and not a member that it does not know.
    version: Version,
    #[serde(default)]
    report_only: bool,
    baseline: ScopeSet,
    hierarchy: BTreeMap<Scope, ScopeSet>,
    operations: Vec<MatrixEntry>,
}

struct Version;

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(ScopeMatrix::VERSION)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            ScopeMatrix::VERSION => Ok(Self),
            other => Err(D::Error::custom(format!("unsupported version {other}: expected {}", ScopeMatrix::VERSION))),
        }
    }
}

impl From<ScopeMatrix> for Document {
    fn from(matrix: ScopeMatrix) -> Self {
        let ScopeMatrix { is_report_only, baseline, hierarchy, entries } = matrix;
        Self {
            version: Version,
            report_only: is_report_only,
            baseline,
            hierarchy: hierarchy.implied(),
            operations: entries,
        }
    }
}

impl TryFrom<Document> for ScopeMatrix {
    type Error = String;

    fn try_from(document: Document) -> Result<Self, String> {
        let Document { version: Version, report_only: is_report_only, baseline, hierarchy, operations: mut entries } =
            document;
        let implications = hierarchy
            .into_iter()
            .flat_map(|(broad, narrow)| narrow.into_iter().map(move |narrow| (broad.clone(), narrow)));
        let hierarchy = Hierarchy::new(implications).map_err(|error| error.to_string())?;
        entries.sort_by(|one, other| one.operation().cmp(&other.operation()));
        let repeated = entries.windows(2).find_map(|pair| match pair {
            [one, other] if one.operation() == other.operation() => Some(one),
            _ => None,
        });
        match repeated {
            Some(entry) => Err(format!("{} is listed twice", entry.operation())),
            None => Ok(Self { is_report_only, baseline, hierarchy, entries }),
        }
    }
}

/// The JSON form of a requirement: `"public"`, `"authenticated"`, `{"all":[..]}` or `{"any":[..]}`.
pub(super) mod requirement {
    use super::*;

    #[derive(Deserialize, Serialize)]
    #[serde(rename_all = "lowercase")]
    enum Form {
        Public,
        Authenticated,
        All(ScopeSet),
        /// A list, because the order has a meaning.
        Any(Vec<Scope>),
    }

    pub(in super::super) fn serialize<S: Serializer>(
        requirement: &Requirement,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let form = match requirement {
            Requirement::Public => Form::Public,
            Requirement::Authenticated => Form::Authenticated,
            Requirement::All(scopes) => Form::All(scopes.clone()),
            Requirement::Any(scopes) => Form::Any(scopes.iter().cloned().collect()),
        };
        form.serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Requirement, D::Error> {
        let empty = || D::Error::custom("empty list of scopes: expected at least one, or \"authenticated\"");
        match Form::deserialize(deserializer)? {
            Form::Public => Ok(Requirement::Public),
            Form::Authenticated => Ok(Requirement::Authenticated),
            Form::All(scopes) if scopes.is_empty() => Err(empty()),
            Form::All(scopes) => Ok(Requirement::All(scopes)),
            Form::Any(scopes) => {
                let mut scopes = scopes.into_iter();
                let first = scopes.next().ok_or_else(empty)?;
                Ok(Requirement::any(first, scopes))
            }
        }
    }
}
