//! `mcp-guard matrix`: works with scope matrices.

mod compare;
mod diff;
mod effect;

use std::path::PathBuf;

use clap::Subcommand;

use self::diff::Diff;
use crate::failure::Failure;
use crate::matrix_file;

/// Works with scope matrices
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Compare two scope matrices, for review and CI
    ///
    /// A requirement is weaker if every caller who satisfied the old one satisfies the new one and other callers do as
    /// well. Baselines and scope hierarchies count, not texts.
    Diff {
        /// The matrix before the change
        old: PathBuf,
        /// The matrix after the change
        new: PathBuf,
    },
}

/// Compares two matrices.
pub(crate) fn run(args: &Args) -> Result<Diff, Failure> {
    let Command::Diff { old, new } = &args.command;
    Ok(compare::diff(&matrix_file::read(old)?, &matrix_file::read(new)?))
}
