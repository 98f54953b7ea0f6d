//! Attacks a running abuse server over loopback, and checks that it survives. `tests/abuse/run` starts both.
//!
//! - `abuse list` prints the names of the attacks.
//! - `abuse run FORM REPETITIONS NAME ANNOUNCEMENT RESULT` runs one attack several times and writes a row of the table
//!   to the file RESULT. FORM is `short` or `long`.
//! - `abuse table RESULT..` prints the table, and fails if a row has failures.

mod attacks;
mod bystander;
mod context;
mod control;
mod drill;
mod http1;
mod http2;
mod request;
mod row;
mod tally;

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::process::ExitCode;

use mcp_guard_abuse::Announcement;

use crate::attacks::ATTACKS;
use crate::context::{Context, Form};
use crate::row::Row;

const USAGE: &str =
    "usage: abuse list | abuse run short|long REPETITIONS NAME ANNOUNCEMENT RESULT | abuse table RESULT..";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match command(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("abuse: {error}");
            ExitCode::from(2)
        }
    }
}

/// Returns whether all limits were met.
fn command(arguments: &[&str]) -> Result<bool, Box<dyn Error>> {
    match arguments {
        ["list"] => {
            for attack in ATTACKS {
                println!("{}", attack.name);
            }
            Ok(true)
        }
        ["run", form, repetitions, name, announcement, result] => {
            let form = Form::parse(form).ok_or(USAGE)?;
            let repetitions = repetitions.parse().map_err(|_| USAGE)?;
            let context = Context::new(read_announcement(announcement)?, form, repetitions);
            run(name, &context, result)
        }
        ["table", results @ ..] => {
            let rows = results.iter().map(|path| Row::read(path)).collect::<Result<Vec<_>, _>>()?;
            print!("{}", row::table(&rows));
            Ok(rows.iter().all(|row| row.failures.is_empty()))
        }
        _ => Err(USAGE.into()),
    }
}

/// Reads the announcement of the server, and rejects targets on other machines.
fn read_announcement(path: &str) -> Result<Announcement, Box<dyn Error>> {
    let announcement: Announcement = serde_json::from_str(&fs::read_to_string(path)?)?;
    require_loopback(announcement.mcp)?;
    require_loopback(announcement.control)?;
    Ok(announcement)
}

fn run(name: &str, context: &Context, result: &str) -> Result<bool, Box<dyn Error>> {
    let attack = ATTACKS.iter().find(|attack| attack.name == name);
    let attack = attack.ok_or_else(|| format!("unknown attack {name:?}: `abuse list` prints the names"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let row = runtime.block_on(drill::run(attack, context))?;
    // Open attacks end here, with their sockets.
    runtime.shutdown_background();
    row.write(result)?;
    Ok(row.failures.is_empty())
}

fn require_loopback(address: SocketAddr) -> Result<(), String> {
    if address.ip().is_loopback() {
        Ok(())
    } else {
        Err(format!("invalid target {address}: expected a loopback address"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_attacked() {
        for allowed in ["127.0.0.1:80", "[::1]:80"] {
            assert!(require_loopback(allowed.parse().unwrap()).is_ok());
        }
        for rejected in ["0.0.0.0:80", "192.0.2.1:80", "10.0.0.1:80", "[2001:db8::1]:80"] {
            assert!(require_loopback(rejected.parse().unwrap()).is_err());
        }
    }

    #[test]
    fn attack_names_are_unique() {
        let mut names: Vec<&str> = ATTACKS.iter().map(|attack| attack.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ATTACKS.len());
    }
}
