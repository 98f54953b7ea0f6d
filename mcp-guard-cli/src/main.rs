//! The operator's tool for servers that mcp-guard protects.

mod cli;
mod command;
mod failure;
mod input;
mod matrix_file;
mod output;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::Cli;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(status) => status.into(),
        Err(failure) => {
            failure.print();
            ExitCode::from(2)
        }
    }
}
