//! The records that sinks receive.

use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};

use super::decision::{DecisionRecord, rfc3339};
use crate::rule::Rule;

/// A record.
///
/// As JSON, all records but decisions have a member `event` with their name.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Record {
    /// A decision on one request.
    Decision(Box<DecisionRecord>),
    /// Refused requests without a valid token, counted.
    Refusals(RefusalCount),
    /// Records that were lost.
    Lost(LostRecords),
}

/// The number of requests without a valid token that one rule refused, from one network, in one interval.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename = "refusals")]
#[non_exhaustive]
pub struct RefusalCount {
    /// The end of the interval.
    #[serde(serialize_with = "rfc3339")]
    pub time: SystemTime,
    /// The rule.
    pub rule: Rule,
    /// The network of the clients: an IPv4 /24 or an IPv6 /64. `unknown` if a trusted proxy does not identify the
    /// client, `other` for all networks beyond the maximum number.
    pub network: String,
    /// The number of requests.
    pub count: u64,
    /// The length of the interval. As JSON: `seconds`.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub interval: Duration,
}

/// The number of records that a sink did not receive.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename = "lost")]
#[non_exhaustive]
pub struct LostRecords {
    /// The time at which the sink received records again.
    #[serde(serialize_with = "rfc3339")]
    pub time: SystemTime,
    /// The number of records.
    pub count: u64,
    /// The reason.
    pub reason: LossReason,
}

/// The reason why records were lost.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LossReason {
    /// The queue was full.
    QueueFull,
    /// The sink panicked.
    SinkPanicked,
    /// The record is longer than a line of the log may be.
    TooLong,
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

fn seconds<S: Serializer>(interval: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(interval.as_secs())
}
