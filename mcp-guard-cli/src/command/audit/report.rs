//! The report of a verification.

use std::io::{self, Write};

use anstyle::Style;
use mcp_guard::record::audit::{End, Finding, RecordId, Report as AuditReport};
use serde::Serialize;

use crate::output::{ALERT, CALM, HEADING, NOTICE, Report, Shown, Status};

/// The result of a verification.
#[derive(Debug, Serialize)]
pub(crate) struct Verification {
    is_intact: bool,
    /// Whether the files contain the log from its first to its last record.
    is_complete: bool,
    chain_file: ChainFile,
    #[serde(flatten)]
    report: AuditReport,
}

/// The file with the last durable record of the log.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ChainFile {
    /// The log must contain its record.
    Used,
    /// It names no record yet.
    Empty,
    /// There is no such file. Records can be missing at the end.
    Absent,
    /// The file was altered, or belongs to another key.
    Invalid,
}

/// What is known about the log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    /// The files must contain the beginning of the log.
    pub(super) beginning: bool,
    /// A late record is known.
    pub(super) end: bool,
}

impl Verification {
    pub(super) fn new(report: AuditReport, chain_file: ChainFile, known: Known) -> Self {
        let lacks_beginning = known.beginning && report.after.is_some_and(|after| after > 0);
        Self {
            is_intact: report.is_intact() && chain_file != ChainFile::Invalid,
            is_complete: report.end != End::Empty && !lacks_beginning && known.end,
            chain_file,
            report,
        }
    }
}

impl Report for Verification {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { is_intact, is_complete, chain_file, report } = self;
        write!(out, "{HEADING}records:{HEADING:#} {}", report.records)?;
        if let (Some(from), Some(until)) = (&report.from, &report.until) {
            write!(out, ", {} to {}", Shown(from), Shown(until))?;
        }
        writeln!(out)?;
        if let Some(after @ 1..) = report.after {
            writeln!(out, "{HEADING}start:{HEADING:#}   after record {after}: older files were not read")?;
        }
        if let Some(RecordId { seq, hash, .. }) = &report.last {
            writeln!(out, "{HEADING}last:{HEADING:#}    {seq}, {}", Shown(hash))?;
        }
        writeln!(out, "{HEADING}end:{HEADING:#}     {}", report.end)?;
        for hash in &report.hashes_not_found {
            writeln!(out, "{ALERT}problem:{ALERT:#} the record {} was removed or altered", Shown(hash))?;
        }
        match chain_file {
            ChainFile::Invalid => {
                writeln!(out, "{ALERT}problem:{ALERT:#} the .chain file was altered, or belongs to another key")?;
            }
            ChainFile::Absent => {
                writeln!(out, "{NOTICE}note:{NOTICE:#}    no .chain file: records can be missing at the end")?;
            }
            ChainFile::Used | ChainFile::Empty => {}
        }
        write_findings(out, "problem:", ALERT, &report.problems)?;
        write_findings(out, "note:   ", NOTICE, &report.notes)?;
        if report.omitted > 0 {
            writeln!(out, "{NOTICE}{} further problems and notes are not listed{NOTICE:#}", report.omitted)?;
        }
        match (is_intact, report.end) {
            (false, _) => writeln!(out, "{ALERT}The log was changed.{ALERT:#}"),
            (true, End::Empty) => writeln!(out, "{NOTICE}The log contains no record.{NOTICE:#}"),
            (true, _) if !is_complete => {
                writeln!(out, "{NOTICE}The records are intact. Records before or after them may be missing.{NOTICE:#}")
            }
            (true, _) => writeln!(out, "{CALM}The log is intact.{CALM:#}"),
        }
    }

    fn status(&self) -> Status {
        match (self.is_intact, self.is_complete) {
            (false, _) => Status::Found,
            (true, false) => Status::Incomplete,
            (true, true) => Status::Nothing,
        }
    }
}

fn write_findings(out: &mut dyn Write, word: &str, style: Style, findings: &[Finding]) -> io::Result<()> {
    findings.iter().try_for_each(|finding| writeln!(out, "{style}{word}{style:#} {}", Shown(&finding.to_string())))
}
