//! The record that the server writes when it opens a file, and how it continues the chain.
//!
//! | event | meaning |
//! |---|---|
//! | `opened` | the first record of a chain |
//! | `continued` | the first record of a file after a rotation |
//! | `restarted` | the process before ended with a `closed` record |
//! | `recovered` | the process before crashed: its last records may be lost |
//! | `gap` | records at the end of the file were removed, or bytes were altered or added there |
//!
//! All but `opened` name the record that they follow, so that each can be verified by itself.

use serde::{Serialize, Serializer};

use super::line::{Link, encode_mac};
use super::tail::{Tail, Torn};

/// The `event` of the last record of a process.
pub(in crate::record) const CLOSED: &str = "closed";

/// The kind of a start record.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::record) enum StartKind {
    Opened,
    Continued,
    Restarted,
    Recovered,
    Gap,
}

/// A start record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Start {
    pub(super) kind: StartKind,
    /// The record that this one follows.
    pub(super) after: Option<Link>,
    /// The number of the last record in the file, if the records after it are missing.
    pub(super) found: Option<u64>,
    /// The bytes before this record that are not records.
    pub(super) torn: Option<Torn>,
    /// The number of the last durable record was not known.
    pub(super) unanchored: bool,
}

/// The last record that is known to have been in the log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Known {
    /// This process wrote it.
    Written(Link),
    /// An earlier process made it durable.
    Durable(Link),
    /// No record is known.
    Nothing,
    /// No record is known, because the file that names it is damaged.
    Damaged,
}

/// The log cannot be continued, because none of its records is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Unknown;

impl StartKind {
    const ALL: [Self; 5] = [Self::Opened, Self::Continued, Self::Restarted, Self::Recovered, Self::Gap];

    /// Returns the kind of a record with this `event`.
    pub(in crate::record) fn of_event(event: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.event() == event)
    }

    /// Reports whether a file can start with this record.
    pub(in crate::record) const fn starts_a_file(self) -> bool {
        matches!(self, Self::Opened | Self::Continued)
    }

    const fn event(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Continued => "continued",
            Self::Restarted => "restarted",
            Self::Recovered => "recovered",
            Self::Gap => "gap",
        }
    }
}

impl Start {
    /// Decides how to continue a log with this tail.
    ///
    /// # Errors
    ///
    /// No record is known.
    pub(super) fn decide(tail: &Tail, known: Known) -> Result<Self, Unknown> {
        let anchor = known.last();
        let was_closed = matches!(known, Known::Written(_)) || matches!(tail, Tail::Records { is_closed: true, .. });
        let first = if anchor.is_some() { StartKind::Continued } else { StartKind::Opened };
        let (kind, after, torn) = match tail {
            Tail::Empty => (first, anchor, None),
            // The process crashed while it wrote the first record of the file.
            Tail::FirstTorn(torn) => (if was_closed { StartKind::Gap } else { first }, anchor, Some(torn)),
            Tail::Unknown => (StartKind::Gap, Some(anchor.ok_or(Unknown)?), None),
            Tail::Records { last, torn, .. } => match anchor.filter(|anchor| is_cut(last, anchor)) {
                Some(anchor) => (StartKind::Gap, Some(anchor), torn.as_ref()),
                None => (kind(was_closed, torn.as_ref(), known), Some(*last), torn.as_ref()),
            },
        };
        let found = match tail {
            Tail::Records { last, .. } if kind == StartKind::Gap => Some(last.seq),
            _ => None,
        };
        let unanchored = match known {
            Known::Written(_) | Known::Durable(_) => false,
            Known::Nothing => matches!(tail, Tail::Records { .. }),
            Known::Damaged => true,
        };
        Ok(Self { kind, after, found, torn: torn.cloned(), unanchored })
    }
}

/// Reports whether a log with this last record lacks the record that is known.
fn is_cut(last: &Link, known: &Link) -> bool {
    last.seq < known.seq || (last.seq == known.seq && last != known)
}

/// Returns the kind of start after a complete record. Only a crash leaves an incomplete one. After `closed` this can be a
/// start record only.
const fn kind(was_closed: bool, torn: Option<&Torn>, known: Known) -> StartKind {
    match torn {
        None if was_closed => StartKind::Restarted,
        Some(torn) if was_closed && (matches!(known, Known::Written(_)) || !torn.is_like_records) => StartKind::Gap,
        _ => StartKind::Recovered,
    }
}

impl Known {
    pub(super) const fn last(self) -> Option<Link> {
        match self {
            Self::Written(last) | Self::Durable(last) => Some(last),
            Self::Nothing | Self::Damaged => None,
        }
    }
}

/// A start record as JSON.
#[derive(Serialize)]
pub(super) struct StartRecord<'s> {
    event: StartKind,
    time: String,
    /// The name of the key.
    key: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "mac")]
    after_mac: Option<[u8; 32]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found_seq: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    torn_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    torn_sha256: Option<&'s str>,
    #[serde(skip_serializing_if = "is_false")]
    unanchored: bool,
}

impl<'s> StartRecord<'s> {
    pub(super) fn new(start: &'s Start, key: &'s str, time: String) -> Self {
        Self {
            event: start.kind,
            time,
            key,
            after_seq: start.after.map(|after| after.seq),
            after_mac: start.after.map(|after| after.mac),
            found_seq: start.found,
            torn_bytes: start.torn.as_ref().map(|torn| torn.bytes),
            torn_sha256: start.torn.as_ref().map(|torn| torn.sha256.as_str()),
            unanchored: start.unanchored,
        }
    }
}

fn mac<S: Serializer>(mac: &Option<[u8; 32]>, serializer: S) -> Result<S::Ok, S::Error> {
    mac.as_ref().map(encode_mac).serialize(serializer)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature of `skip_serializing_if`")]
const fn is_false(value: &bool) -> bool {
    !*value
}

#[cfg(test)]
mod tests;
