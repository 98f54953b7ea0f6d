//! Servers in processes of their own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::servers::Variant;
use super::{Row, servers};

/// The flag of the process of a server, in front of its variant and its issuer.
const SERVE: &str = "--serve-until-end-of-input";

/// Runs a server if this process was started for it.
pub(crate) fn serve_if_asked(rows: &[Row]) -> bool {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, SERVE, variant, issuer] = arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] else {
        return false;
    };
    let row = rows.iter().find(|row| format!("{:?}", row.variant) == variant).unwrap();
    let server = servers::start_here(row.variant, issuer);
    println!("{} {}", server.address, server.statistics.display());
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    true
}

/// A server in a process of its own. It ends when its input is closed.
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    /// The file with the processor time of its thread.
    pub(crate) statistics: PathBuf,
}

/// Starts a server with this program and its arguments.
pub(crate) fn start(variant: Variant, issuer: &str, program: &[&str]) -> Process {
    let executable = std::env::current_exe().unwrap();
    let mut words = program.iter().map(std::ffi::OsStr::new).chain([executable.as_os_str()]);
    let mut child = Command::new(words.next().unwrap())
        .args(words)
        .args([SERVE, &format!("{variant:?}"), issuer])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program must be installed");
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let (address, statistics) = line.trim().split_once(' ').unwrap();
    Process { child, address: address.parse().unwrap(), statistics: statistics.into() }
}
