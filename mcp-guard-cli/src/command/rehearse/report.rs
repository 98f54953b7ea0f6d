//! The report of a rehearsal.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

use anstyle::Style;
use mcp_guard::ScopeSet;
use mcp_guard::record::OperationKind;
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::decide::{Again, Reason, Unknown};
use super::groups::Groups;
use super::record::{Call, Text, Unreadable};
use crate::input::Place;
use crate::output::{ALERT, CALM, HEADING, NOTICE, Report, Shown, Status};

/// The maximum number of unreadable lines that are listed.
const MAX_EXAMPLES: usize = 10;
/// The maximum length of a name, in bytes.
const MAX_NAME: usize = 256;

/// The calls that are decided differently, and the number of all others.
#[derive(Debug, Default, Serialize)]
pub(crate) struct RehearsalReport {
    /// The number of all decisions.
    calls: u64,
    would_be_refused: Groups<Group>,
    would_pass: Groups<Group>,
    undecidable: Groups<Group>,
    still_allowed: u64,
    still_refused: u64,
    /// Refused by a rule that does not depend on scopes.
    refused_by_other_rules: u64,
    without_operation: u64,
    /// Records that are not decisions.
    events: u64,
    lost_records: u64,
    unreadable: BTreeMap<Unreadable, u64>,
    unreadable_lines: Vec<UnreadableLine>,
}

/// The calls of one client to one operation, for one reason.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
struct Group {
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<String>,
    kind: Option<OperationKind>,
    operation: Option<String>,
    #[serde(flatten)]
    reason: Option<Why>,
    #[serde(skip_serializing_if = "is_false")]
    report_only: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde requires")]
const fn is_false(value: &bool) -> bool {
    !*value
}

#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
enum Why {
    /// Empty if there are too many to list.
    Scope {
        missing: ScopeSet,
    },
    TokenRequired {
        required: ScopeSet,
    },
    UnknownOperation,
    Arguments,
    LateScopes,
    Route,
    NameCut,
}

#[derive(Debug, Serialize)]
struct UnreadableLine {
    file: String,
    line: u64,
    reason: Unreadable,
}

impl RehearsalReport {
    pub(super) fn count_event(&mut self, lost: u64) {
        self.events += 1;
        self.lost_records = self.lost_records.saturating_add(lost);
    }

    pub(super) fn count_unreadable(&mut self, place: Place<'_>, reason: Unreadable) {
        *self.unreadable.entry(reason).or_default() += 1;
        if self.unreadable_lines.len() < MAX_EXAMPLES {
            let file = place.path.to_string_lossy().into_owned();
            self.unreadable_lines.push(UnreadableLine { file, line: place.number, reason });
        }
    }

    /// Counts a call by its new decision.
    pub(super) fn count(&mut self, call: &Call<'_>, again: Again) {
        self.calls += 1;
        match again {
            Again::StillAllowed => self.still_allowed += 1,
            Again::StillRefused => self.still_refused += 1,
            Again::OtherRule => self.refused_by_other_rules += 1,
            Again::NoOperation => self.without_operation += 1,
            Again::WouldBeRefused { reason, is_report_only } => {
                self.would_be_refused
                    .count(Group { report_only: is_report_only, ..Group::of(call, Some(reason.into())) });
            }
            Again::WouldPass => self.would_pass.count(Group::of(call, None)),
            Again::Undecidable(unknown) => self.undecidable.count(Group::of(call, Some(unknown.into()))),
        }
    }
}

impl Group {
    fn of(call: &Call<'_>, reason: Option<Why>) -> Self {
        Self {
            client: call.client.as_ref().map(name),
            kind: call.kind,
            operation: call.operation.as_ref().map(name),
            reason,
            report_only: false,
        }
    }
}

/// Returns the start of a name: the log may contain names of any length.
fn name(text: &Text<'_>) -> String {
    let text = text.as_str();
    text[..text.floor_char_boundary(MAX_NAME)].to_owned()
}

impl From<Reason> for Why {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Scope(missing) => Self::Scope { missing },
            Reason::Token(required) => Self::TokenRequired { required },
            Reason::Operation => Self::UnknownOperation,
        }
    }
}

impl From<Unknown> for Why {
    fn from(unknown: Unknown) -> Self {
        match unknown {
            Unknown::Arguments => Self::Arguments,
            Unknown::LateScopes => Self::LateScopes,
            Unknown::Route => Self::Route,
            Unknown::Name => Self::NameCut,
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scope { missing } if missing.is_empty() => f.write_str("lacks more scopes than can be listed"),
            Self::Scope { missing } => write!(f, "lacks {missing}"),
            Self::TokenRequired { required } if required.is_empty() => f.write_str("requires a token"),
            Self::TokenRequired { required } => write!(f, "requires a token with {required}"),
            Self::UnknownOperation => f.write_str("unknown operation"),
            Self::Arguments => f.write_str("arguments can add scopes"),
            Self::LateScopes => f.write_str("the operation required scopes while it ran"),
            Self::Route => f.write_str("a route of the application"),
            Self::NameCut => f.write_str("the record contains only a part of the name"),
        }
    }
}

impl Serialize for Groups<Group> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Counted<'g> {
            #[serde(flatten)]
            group: &'g Group,
            calls: u64,
        }
        let groups: Vec<Counted<'_>> =
            self.sorted().into_iter().map(|(group, calls)| Counted { group, calls }).collect();
        let mut all = serializer.serialize_struct("Groups", 3)?;
        all.serialize_field("calls", &self.total())?;
        all.serialize_field("groups", &groups)?;
        all.serialize_field("other", &self.other())?;
        all.end()
    }
}

impl Report for RehearsalReport {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{HEADING}calls:{HEADING:#} {}", self.calls)?;
        write_groups(out, "would be refused", ALERT, &self.would_be_refused)?;
        write_groups(out, "would pass", CALM, &self.would_pass)?;
        write_groups(out, "undecidable", NOTICE, &self.undecidable)?;
        writeln!(out, "{HEADING}unchanged:{HEADING:#} {} allowed, {} refused", self.still_allowed, self.still_refused)?;
        for (count, text) in [
            (self.refused_by_other_rules, "calls were refused by rules that do not depend on scopes"),
            (self.without_operation, "requests name no operation"),
            (self.lost_records, "records were lost before they were written"),
        ] {
            if count > 0 {
                writeln!(out, "{count} {text}")?;
            }
        }
        for (reason, lines) in &self.unreadable {
            writeln!(out, "{NOTICE}not read:{NOTICE:#} {lines} lines, {}", reason.as_str())?;
        }
        for UnreadableLine { file, line, reason } in &self.unreadable_lines {
            writeln!(out, "  {}:{line}: {}", Shown(file), reason.as_str())?;
        }
        if self.calls == 0 {
            writeln!(out, "{NOTICE}The input contains no decision.{NOTICE:#}")?;
        }
        Ok(())
    }

    fn status(&self) -> Status {
        if self.would_be_refused.total() + self.would_pass.total() > 0 {
            Status::Found
        } else if self.calls == 0 || !self.unreadable.is_empty() || self.undecidable.total() + self.lost_records > 0 {
            Status::Incomplete
        } else {
            Status::Nothing
        }
    }
}

fn write_groups(out: &mut dyn Write, heading: &str, style: Style, groups: &Groups<Group>) -> io::Result<()> {
    let total = groups.total();
    if total == 0 {
        return writeln!(out, "{HEADING}{heading}:{HEADING:#} 0");
    }
    writeln!(out, "{style}{heading}:{style:#} {total}")?;
    for (group, calls) in groups.sorted() {
        let Group { client, kind, operation, reason, report_only } = group;
        let client = client.as_deref().unwrap_or("(no client)");
        write!(out, "  {calls:>8}  {}", Shown(client))?;
        if let (Some(kind), Some(operation)) = (kind, operation) {
            write!(out, "  {kind} {}", Shown(operation))?;
        }
        if let Some(reason) = reason {
            write!(out, ": {reason}")?;
        }
        writeln!(out, "{}", if *report_only { " (report-only)" } else { "" })?;
    }
    match groups.other() {
        0 => Ok(()),
        other => writeln!(out, "  {other:>8}  of other clients and operations"),
    }
}

#[cfg(test)]
mod tests;
