//! The resident memory of a server at rest and after load.

use std::process::Child;
use std::time::Duration;

use mcp_guard_dev::DevAuthServer;

use super::{Row, process};

/// Prints the resident memory of the server of each row.
pub(crate) fn print(rows: &[Row], issuer: &DevAuthServer) {
    println!("| server | revision | at rest, MiB | after load, MiB |");
    println!("|---|---|---|---|");
    for row in rows {
        let process::Process { child: server, address, .. } = process::start(row.variant, issuer.issuer(), &[]);
        let at_rest = resident(&server);
        row.load(address, issuer).responses(Duration::from_secs(3));
        println!("| {} | {} | {at_rest:.1} | {:.1} |", row.name, row.version, resident(&server));
        server.wait_with_output().unwrap();
    }
}

fn resident(server: &Child) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kibibytes: f64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    kibibytes / 1024.0
}
