//! Servers in processes of their own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

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
    println!("{}", servers::start(row.variant, issuer).address);
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    true
}

/// Starts the server of a row with this program and its arguments. It ends when its input is closed.
pub(crate) fn start(row: &Row, issuer: &str, program: &[&str]) -> (Child, SocketAddr) {
    let executable = std::env::current_exe().unwrap();
    let mut words = program.iter().map(std::ffi::OsStr::new).chain([executable.as_os_str()]);
    let mut server = Command::new(words.next().unwrap())
        .args(words)
        .args([SERVE, &format!("{:?}", row.variant), issuer])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program must be installed");
    let mut address = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut address).unwrap();
    let address = address.trim().parse().unwrap();
    (server, address)
}
