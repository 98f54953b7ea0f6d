//! A long log takes constant memory. `LONG_LOG_MB` sets its length.

use std::fs;
use std::io::{BufWriter, Write as _};
use std::process::Stdio;

use crate::support::{command, file, matrix};

/// Returns the largest resident memory of a process, in kilobytes.
fn peak(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux reports it");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Streams a log of many clients and operations, and returns the largest resident memory.
fn peak_after(megabytes: usize) -> u64 {
    let matrix = file(&format!("memory-{megabytes}.json"), matrix().to_string());
    let mut child = command()
        .args(["rehearse", "--json", "--matrix", &matrix, "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let mut input = BufWriter::new(child.stdin.take().expect("the input is a pipe"));
    let mut written = 0;
    for at in 0_u64.. {
        let line = format!(
            r#"{{"v":1,"seq":{at},"time":"2026-11-27T22:53:08.123456Z","request_id":"0123456789abcdef0123456789abcdef","kind":"tool","operation":"tool-{at}","arguments":"abcdefghijklmnopqrstuv","required":["base","read"],"granted":["base"],"missing":["read"],"outcome":"allowed","status":200,"issuer":"https://auth.example.com","subject":"user-{at}","client":"client-{at}","duration_us":123,"mac":"0123456789abcdef0123456789abcdef0123456789a"}}"#
        );
        writeln!(input, "{line}").expect("the binary reads");
        written += line.len();
        if written > megabytes * 1024 * 1024 {
            break;
        }
    }
    input.flush().expect("the binary reads");
    // All but the content of the pipe is processed.
    let peak = peak(child.id());
    drop(input);
    assert_eq!(child.wait().expect("the binary ends").code(), Some(1));
    peak
}

/// Every line is another client and another operation, so that the number of groups is the largest.
#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_log() {
    let megabytes = std::env::var("LONG_LOG_MB").map_or(32, |text| text.parse().expect("a number of megabytes"));
    // The short log already has the largest number of groups.
    let (short, long) = (peak_after(6), peak_after(megabytes));
    println!("{short} kB for 6 MB, {long} kB for {megabytes} MB");
    assert!(long < short + 4 * 1024, "{short} kB for 6 MB, {long} kB for {megabytes} MB");
}
