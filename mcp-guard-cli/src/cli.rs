//! The command line.

use clap::{Parser, Subcommand};

use crate::command::{audit, matrix, rehearse};
use crate::failure::Failure;
use crate::output::{self, Status};

/// Operates servers that mcp-guard protects.
#[derive(Debug, Parser)]
#[command(name = "mcp-guard", version, arg_required_else_help = true, after_help = EXIT_STATUS)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    json: bool,
}

const EXIT_STATUS: &str = "\
Exit status:
  0  nothing was found
  1  something was found: a difference, a call that is decided differently, or an altered log
  2  invalid usage, or input that could not be read completely";

#[derive(Debug, Subcommand)]
enum Command {
    Matrix(matrix::Args),
    Rehearse(rehearse::Args),
    Audit(audit::Args),
}

impl Cli {
    /// Runs the command, and prints its report.
    pub(crate) fn run(self) -> Result<Status, Failure> {
        let Self { command, json } = self;
        match command {
            Command::Matrix(args) => output::print(&matrix::run(&args)?, json),
            Command::Rehearse(args) => output::print(&rehearse::run(&args)?, json),
            Command::Audit(args) => output::print(&audit::run(&args)?, json),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
