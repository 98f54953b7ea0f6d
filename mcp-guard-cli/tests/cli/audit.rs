//! `mcp-guard audit verify`

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use mcp_guard::record::{AuditKey, JsonLines};

use crate::support::{Run, command, run};

/// Writes a log with two files, and returns their paths, the older first. The server was started four times.
fn log(name: &str) -> [String; 2] {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).expect("the folder is writable");
    let [older, newer] = ["log.1", "log"].map(|name| folder.join(name));
    for start in 0..4 {
        let key = AuditKey::next_to(&newer).expect("the key is readable");
        // Another test forks at the same time, and the lock of the log lives until that process runs the binary.
        let open = || JsonLines::open(&newer, key.clone());
        let sink = std::iter::repeat_with(open)
            .find(|opened| opened.as_ref().err().is_none_or(|error| error.kind() != std::io::ErrorKind::WouldBlock));
        drop(sink.expect("the lock is released").expect("the log is writable"));
        if start == 1 {
            fs::rename(&newer, &older).expect("the folder is writable");
        }
    }
    [older, newer].map(|path| path.to_str().expect("the path is text").to_owned())
}

/// Returns the lines of a file.
fn lines(path: &str) -> Vec<String> {
    fs::read_to_string(path).expect("the file is text").lines().map(|line| format!("{line}\n")).collect()
}

fn verify(arguments: &[&str]) -> Run {
    run(["audit", "verify", "--json"].iter().chain(arguments))
}

fn hash(line: &str) -> String {
    let line: serde_json::Value = serde_json::from_str(line).expect("the line is JSON");
    line["mac"].as_str().expect("a record has a hash").to_owned()
}

#[test]
fn intact_log_is_verified() {
    let [older, newer] = log("audit-intact");
    let report = verify(&[&older, &newer]);
    assert_eq!(report.status, 0, "{}{}", report.stdout, report.stderr);
    let json = report.json();
    let last = hash(lines(&newer).last().expect("the log has records"));
    assert_eq!(
        (&json["is_intact"], &json["end"], &json["chain_file"]),
        (&true.into(), &"closed".into(), &"used".into())
    );
    assert_eq!((&json["after"], json["last"]["hash"].as_str()), (&0.into(), Some(last.as_str())));
    let text = run(["audit", "verify", &older, &newer]);
    assert!(text.stdout.ends_with("The log is intact.\n") && text.stdout.contains(&last), "{}", text.stdout);
    // Older files may be archived, or an attacker removed them.
    assert_eq!(verify(&[&newer]).status, 2);
    assert_eq!(verify(&["--partial", &newer]).status, 0);
}

#[test]
fn changed_logs_are_found() {
    for (at, change) in
        [("altered", 0), ("removed", 1), ("cut", 2), ("swapped", 3), ("inserted", 4)].map(|(name, at)| (at, name))
    {
        let [older, newer] = log(&format!("audit-{change}"));
        let mut all = lines(&newer);
        assert!(all.len() >= 4, "{all:?}");
        match at {
            0 => all[1] = all[1].replace("\"seq\":", "\"seq\":1"),
            1 => drop(all.remove(1)),
            2 => all.truncate(2),
            3 => all.swap(1, 2),
            _ => all.insert(1, "{\"v\":1,\"event\":\"\u{1b}[31m\"}\n".to_owned()),
        }
        fs::write(&newer, all.concat()).expect("the log is writable");
        for command in [&["audit", "verify"][..], &["audit", "verify", "--json"]] {
            let report = run(command.iter().chain(&[older.as_str(), newer.as_str()]));
            assert_eq!(report.status, 1, "{change}: {}{}", report.stdout, report.stderr);
            assert!(!report.stdout.contains('\u{1b}'), "{}", report.stdout);
        }
    }
}

#[test]
fn cut_end_is_found_by_hash_or_chain_file() {
    let [older, newer] = log("audit-end");
    let all = lines(&newer);
    let last = hash(&all[all.len() - 1]);
    fs::write(&newer, all[..all.len() - 1].concat()).expect("the log is writable");
    assert_eq!(verify(&[&older, &newer]).status, 1, "the .chain file names the record");
    fs::remove_file(format!("{newer}.chain")).expect("the file exists");
    let without = verify(&[&older, &newer]);
    assert_eq!((without.status, &without.json()["chain_file"]), (2, &"absent".into()));
    let report = verify(&[&older, &newer, "--last-hash", &last]);
    assert_eq!((report.status, &report.json()["hashes_not_found"][0]), (1, &last.as_str().into()));
    assert_eq!(verify(&[&older, &newer, "--last-hash", &hash(&all[0])]).status, 0);

    fs::write(format!("{newer}.chain"), "x").expect("the folder is writable");
    let invalid = verify(&[&older, &newer]);
    assert_eq!((invalid.status, &invalid.json()["chain_file"]), (1, &"invalid".into()));
}

#[test]
fn key_comes_from_option_variable_or_file() {
    let [older, newer] = log("audit-key");
    let key_file = format!("{newer}.key");
    let key = fs::read_to_string(&key_file).expect("the key exists");
    let moved = format!("{newer}-moved.key");
    fs::rename(&key_file, &moved).expect("the folder is writable");
    let with = |arguments: &[&str], variable: Option<&str>| -> Run {
        let mut command = command();
        command.args(["audit", "verify", &older, &newer]).args(arguments).stdin(Stdio::null());
        if let Some(variable) = variable {
            command.env("MCP_GUARD_AUDIT_KEY", variable);
        }
        command.output().expect("the binary runs").into()
    };
    let other = "ab".repeat(32);
    for (arguments, variable, status, named) in [
        (&["--key-file", &moved][..], None, 0, ""),
        (&[], Some(key.trim()), 0, ""),
        (&["--key-file", &moved], Some(&other), 0, ""),
        (&[], Some(&other), 1, ""),
        (&[], Some("short-secret"), 2, "MCP_GUARD_AUDIT_KEY"),
        (&[], None, 2, "log.key"),
        (&["--key-file", "/nonexistent.key"], None, 2, "/nonexistent.key"),
        (&["--key-file", &moved, "--last-hash", "x"], None, 2, "invalid hash"),
        (&["--key-file", &moved, "/nonexistent"], None, 2, "/nonexistent"),
    ] {
        let run = with(arguments, variable);
        assert_eq!(run.status, status, "{arguments:?}: {}{}", run.stdout, run.stderr);
        assert!(run.stderr.contains(named), "{arguments:?}: {}", run.stderr);
        assert!(!run.stderr.contains("short-secret") && !run.stderr.contains(key.trim()), "{}", run.stderr);
    }
}
