//! Counts the instructions of one request in the process of the server, without those of the kernel.
//!
//! valgrind offers no SHA instructions, so the hash of each token counts about 40,000 instructions here.

use std::path::PathBuf;

use mcp_guard_dev::DevAuthServer;

use super::{Row, process};

/// The first requests, which are not counted.
const BEFORE: u32 = 200;
const COUNTED: u32 = 1000;

/// Prints the instructions of each row, and keeps the profiles for `callgrind_annotate`.
pub(crate) fn print(rows: &[Row], issuer: &DevAuthServer) {
    println!("| server | revision | status | instructions | as a ratio | of |");
    println!("|---|---|---|---|---|---|");
    let counts: Vec<u64> = rows
        .iter()
        .map(|row| {
            let before = run(row, issuer, BEFORE);
            (run(row, issuer, BEFORE + COUNTED) - before) / u64::from(COUNTED)
        })
        .collect();
    for (row, count) in rows.iter().zip(&counts) {
        let base = rows.iter().position(|base| base.name == row.base && base.version == row.version).unwrap();
        let ratio = *count as f64 / counts[base] as f64;
        println!("| {} | {} | {} | {count} | {ratio:.2} | {} |", row.name, row.version, row.expected, row.base);
    }
}

/// Returns the instructions of a server that starts, answers this many requests and ends.
fn run(row: &Row, issuer: &DevAuthServer, requests: u32) -> u64 {
    let name = format!("{} {}.callgrind", row.name, row.version).replace([' ', ','], "_");
    let profile = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let profile = format!("--callgrind-out-file={}", profile.display());
    let program = ["valgrind", "--tool=callgrind", &profile];
    let process::Process { child: server, address, .. } = process::start(row.variant, issuer.issuer(), &program);
    row.load(address, issuer).repeat(requests);
    // Closes the input of the server, which ends it.
    let output = server.wait_with_output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    let collected = log.lines().find_map(|line| line.split_once("Collected : ")).expect("callgrind prints its count").1;
    collected.trim().parse().unwrap()
}
