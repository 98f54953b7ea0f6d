//! The calls that enforcement would refuse.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::{DecisionRecord, OperationKind};
use crate::scope::ScopeSet;

/// The maximum number of different calls. Further ones are counted together.
const MAX_CALLS: usize = 1_024;

/// Calls that were allowed because their enforcement is report-only, and that would be refused otherwise.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ReportedCalls {
    /// The client that the tokens were issued to. `None` if the tokens name none.
    pub client: Option<String>,
    /// The kind of the operation.
    pub kind: Option<OperationKind>,
    /// The name of the operation. `None` for the calls that are counted together, because there are too many different
    /// ones.
    pub operation: Option<String>,
    /// The scopes that the tokens lacked.
    pub missing: ScopeSet,
    /// The number of calls.
    pub count: u64,
}

type Key = (Option<String>, Option<&'static str>, Option<String>, String);

/// Counts the calls that enforcement would refuse.
#[derive(Debug, Default)]
pub(super) struct Report(Mutex<BTreeMap<Key, ReportedCalls>>);

impl Report {
    pub(super) fn add(&self, record: &DecisionRecord) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (
            record.client.clone(),
            record.kind.map(OperationKind::as_str),
            record.operation.clone(),
            record.missing.to_string(),
        );
        let has_room = calls.len() < MAX_CALLS || calls.contains_key(&key);
        let (key, call) = if has_room {
            let call = ReportedCalls {
                client: record.client.clone(),
                kind: record.kind,
                operation: record.operation.clone(),
                missing: record.missing.clone(),
                count: 0,
            };
            (key, call)
        } else {
            let call = ReportedCalls { client: None, kind: None, operation: None, missing: ScopeSet::new(), count: 0 };
            (Key::default(), call)
        };
        calls.entry(key).or_insert(call).count += 1;
    }

    /// Returns the calls, ordered by client and operation.
    pub(super) fn calls(&self) -> Vec<ReportedCalls> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }
}
