//! `mcp-guard rehearse`: decides recorded calls again with another scope matrix.

mod decide;
mod groups;
mod record;
mod report;

use std::path::PathBuf;

use self::decide::Rehearsal;
use self::record::{Parsed, Unreadable};
use self::report::RehearsalReport;
use crate::failure::Failure;
use crate::input::{Inputs, Line};
use crate::matrix_file;

/// List the recorded calls that another scope matrix decides differently
///
/// Lists calls that were allowed and would be refused, and calls that were refused and would be allowed, for each client
/// and operation. Calls that also depend on their arguments, or on scopes that the operation requires while it runs, are
/// listed as undecidable, unless their known requirement already refuses them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The scope matrix to decide with
    #[arg(long)]
    matrix: PathBuf,
    /// Decision logs in JSON Lines; `-` is standard input
    #[arg(required = true)]
    logs: Vec<PathBuf>,
}

/// Rehearses the calls of all logs.
pub(crate) fn run(args: &Args) -> Result<RehearsalReport, Failure> {
    let matrix = matrix_file::read(&args.matrix)?;
    let rehearsal = Rehearsal::new(&matrix);
    let mut report = RehearsalReport::default();
    Inputs::open(&args.logs)?.for_each_line(|place, line| {
        let parsed = match line {
            Line::Complete(line) => Parsed::of(line),
            Line::Cut(line) => Parsed::of(line).map_err(|_| Unreadable::Cut),
            Line::TooLong => Err(Unreadable::TooLong),
        };
        match parsed {
            Ok(Parsed::Blank) => {}
            Ok(Parsed::Event { lost }) => report.count_event(lost),
            Ok(Parsed::Call(call)) => report.count(&call, rehearsal.decide(&call)),
            Err(reason) => report.count_unreadable(place, reason),
        }
    })?;
    Ok(report)
}
