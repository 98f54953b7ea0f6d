use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::time::Duration;

use super::*;
use crate::record::testing::{Folder, contents, key, records, verify};
use crate::record::{DecisionRecord, OperationKind, Outcome};
use crate::rule::Rule;
use crate::scope::ScopeSet;

fn open(path: &Path) -> JsonLines {
    JsonLines::open(path, key(1)).unwrap()
}

/// Ends a sink like a crash: without `closed`.
fn crash(mut sink: JsonLines) {
    sink.is_failing = true;
}

fn decision() -> Arc<Record> {
    let scopes = |text: &str| text.parse::<ScopeSet>().unwrap();
    Arc::new(Record::Decision(Box::new(DecisionRecord {
        time: SystemTime::UNIX_EPOCH,
        request_id: "r1".to_owned(),
        trace_id: None,
        revision: None,
        kind: Some(OperationKind::Tool),
        operation: Some("create\n\u{1b}\u{9b}".to_owned()),
        arguments: None,
        required: scopes("todo:write"),
        granted: scopes(""),
        missing: scopes("todo:write"),
        late: scopes(""),
        outcome: Outcome::Refused,
        rule: Some(Rule::ALL[0]),
        status: Some(403),
        issuer: None,
        subject: None,
        client: None,
        actors: Vec::new(),
        session: None,
        duration: Duration::from_micros(5),
    })))
}

#[test]
fn lines_have_the_documented_form() {
    let folder = Folder::new();
    let log = folder.path("log");
    open(&log).write(&[decision()]).unwrap();
    let text = fs::read_to_string(&log).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with(r#"{"v":1,"seq":1,"event":"opened","time":""#), "{text}");
    let start = r#"{"v":1,"seq":2,"time":"1970-01-01T00:00:00.000000Z","request_id":"r1","kind":"tool","#;
    assert!(lines[1].starts_with(start), "{text}");
    assert!(lines[1].contains(r#""operation":"create\n\u001b\u009b","required":["todo:write"]"#), "{text}");
    assert!(lines[2].starts_with(r#"{"v":1,"seq":3,"event":"closed","time":""#), "{text}");
    for (before, line) in [(None, lines[0]), (Some(lines[0]), lines[1]), (Some(lines[1]), lines[2])] {
        let (covered, mac) = line.rsplit_once(r#","mac":""#).unwrap();
        let before = before.map(|line| crate::record::file::parse(line.as_bytes()).unwrap().link());
        let expected = crate::record::file::encode_mac(&key(1).chain_mac(before.as_ref(), covered.as_bytes()));
        assert_eq!(mac, format!("{expected}\"}}"));
    }
    #[cfg(unix)]
    for name in ["log", "log.chain"] {
        use std::os::unix::fs::PermissionsExt as _;

        assert_eq!(fs::metadata(folder.path(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn chain_continues_over_rotation_and_restart() {
    let folder = Folder::new();
    let [log, old, older] = ["log", "log.1", "log.2"].map(|name| folder.path(name));
    let mut sink = open(&log);
    sink.write(&records(1..3)).unwrap();
    sink.reopen().unwrap();
    assert_eq!(contents(&log), ["opened", "1", "2"]);
    fs::rename(&log, &older).unwrap();
    sink.write(&records(3..4)).unwrap();
    sink.reopen().unwrap();
    sink.write(&records(4..6)).unwrap();
    drop(sink);
    open(&log).write(&records(6..7)).unwrap();
    fs::rename(&log, &old).unwrap();
    // `create` of logrotate.
    fs::write(&log, "").unwrap();
    open(&log).write(&records(7..8)).unwrap();

    assert_eq!(contents(&older), ["opened", "1", "2", "3"]);
    assert_eq!(contents(&old), ["continued", "4", "5", "closed", "restarted", "6", "closed"]);
    assert_eq!(contents(&log), ["continued", "7", "closed"]);
    let report = verify(&[&older, &old, &log]);
    assert!(report.is_intact() && report.notes.is_empty(), "{report:?}");
    assert_eq!((report.records, report.after), (14, Some(0)));
}

#[test]
fn second_writer_is_refused() {
    let folder = Folder::new();
    let log = folder.path("log");
    let first = open(&log);
    let error = JsonLines::open(&log, key(1)).unwrap_err().to_string();
    assert!(error.contains("log.chain: locked by another writer"), "{error}");
    assert_eq!(contents(&log), ["opened"]);
    drop(first);
    open(&log);
}

#[test]
fn crash_at_every_byte_is_recovered() {
    let folder = Folder::new();
    let log = folder.path("log");
    let mut sink = open(&log);
    sink.write(&records(1..2)).unwrap();
    sink.sync().unwrap();
    let durable = fs::metadata(&log).unwrap().len();
    let state = fs::read(folder.path("log.chain")).unwrap();
    sink.write(&records(2..3)).unwrap();
    crash(sink);
    let bytes = fs::read(&log).unwrap();
    for length in usize::try_from(durable).unwrap()..=bytes.len() {
        // Also when the record that names the first crash is torn as well.
        let second_cuts: &[_] = if length % 16 == 0 { &[None, Some(1), Some(40), Some(230)] } else { &[None] };
        for &second_cut in second_cuts {
            fs::write(&log, &bytes[..length]).unwrap();
            fs::write(folder.path("log.chain"), &state).unwrap();
            if let Some(cut) = second_cut {
                crash(open(&log));
                let file = OpenOptions::new().write(true).open(&log).unwrap();
                file.set_len(file.metadata().unwrap().len() - cut).unwrap();
                fs::write(folder.path("log.chain"), &state).unwrap();
            }
            open(&log).write(&records(3..4)).unwrap();
            let report = verify(&[&log]);
            assert!(report.is_intact(), "{length} {second_cut:?}: {report:?}");
            assert!(!report.notes.is_empty(), "{length} {second_cut:?}");
            let found = contents(&log);
            // A record without its line break is complete.
            let is_complete = length + 1 >= bytes.len();
            assert_eq!(found.contains(&"2".to_owned()), is_complete, "{length}: {found:?}");
            assert!(found.ends_with(&["3".to_owned(), "closed".to_owned()]), "{found:?}");
            assert!(fs::read(&log).unwrap().starts_with(&bytes[..length]));
        }
    }
}

#[test]
fn crash_while_a_file_is_started_is_recovered() {
    let folder = Folder::new();
    let log = folder.path("log");
    crash(open(&log));
    let bytes = fs::read(&log).unwrap();
    for length in 0..=bytes.len() {
        fs::write(&log, &bytes[..length]).unwrap();
        fs::write(folder.path("log.chain"), "").unwrap();
        open(&log).write(&records(1..2)).unwrap();
        let report = verify(&[&log]);
        assert!(report.is_intact(), "{length}: {report:?}");
    }
}

#[test]
fn cut_log_is_continued_with_a_gap() {
    let folder = Folder::new();
    let log = folder.path("log");
    open(&log).write(&records(1..5)).unwrap();
    let text = fs::read_to_string(&log).unwrap();
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let state = fs::read(folder.path("log.chain")).unwrap();
    let cut = |lines: &[&str]| lines.concat();
    let altered = text.replace(r#""event":"closed""#, r#""event":"CLOSED""#);
    let appended = text.clone() + "{}\n";
    let cases = [
        (cut(&lines[..5]), vec!["opened", "1", "2", "3", "4", "gap"], 1),
        (cut(&lines[..2]), vec!["opened", "1", "gap"], 1),
        (cut(&lines[1..2]), vec!["1", "gap"], 2),
        (cut(&lines[..2]) + "{\"v\":1,", vec!["opened", "1", "torn", "gap"], 2),
        // Like a crash while the server started again.
        (text.clone() + "{\"v\":1,", vec!["opened", "1", "2", "3", "4", "closed", "torn", "recovered"], 0),
        (altered, vec!["opened", "1", "2", "3", "4", "CLOSED", "gap"], 1),
        (appended, vec!["opened", "1", "2", "3", "4", "closed", "decision", "gap"], 1),
        ("\n".to_owned(), vec!["gap"], 2),
    ];
    for (text, mut expected, problems) in cases {
        fs::write(&log, &text).unwrap();
        fs::write(folder.path("log.chain"), &state).unwrap();
        open(&log).write(&records(5..6)).unwrap();
        expected.extend(["5", "closed"]);
        assert_eq!(contents(&log), expected, "{text}");
        let report = verify(&[&log]);
        assert_eq!(report.problems.len(), problems, "{text} {report:?}");
        // Numbers are not used twice.
        assert_eq!(report.last.as_ref().map(|last| last.seq), Some(9), "{report:?}");
    }
}

#[test]
fn log_that_changes_meanwhile_is_continued() {
    let folder = Folder::new();
    let log = folder.path("log");
    // A change, the contents after it, and the number of problems.
    type Change = fn(&Path);
    let cases: [(Change, &[&str], usize); 3] = [
        // `copytruncate` of logrotate.
        (|log| fs::write(log, "").unwrap(), &["continued", "4", "closed"], 0),
        (
            |log| fs::write(log, fs::read_to_string(log).unwrap().lines().next().unwrap().to_owned() + "\n").unwrap(),
            &["opened", "gap", "4", "closed"],
            1,
        ),
        (
            |log| OpenOptions::new().append(true).open(log).unwrap().write_all(b"hello").unwrap(),
            &["opened", "1", "2", "3", "torn", "gap", "4", "closed"],
            1,
        ),
    ];
    for (change, expected, problems) in cases {
        let mut sink = open(&log);
        sink.write(&records(1..4)).unwrap();
        change(&log);
        sink.write(&records(4..5)).unwrap();
        drop(sink);
        assert_eq!(contents(&log), expected);
        let report = verify(&[&log]);
        assert_eq!(report.problems.len(), problems, "{report:?}");
        fs::remove_file(&log).unwrap();
        fs::remove_file(folder.path("log.chain")).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn failed_reopening_keeps_the_old_file() {
    let folder = Folder::new();
    let [logs, moved] = ["logs", "moved"].map(|name| folder.path(name));
    fs::create_dir(&logs).unwrap();
    let log = logs.join("log");
    let mut sink = open(&log);
    sink.write(&records(1..2)).unwrap();
    fs::rename(&logs, &moved).unwrap();
    for number in 2..4 {
        let error = sink.reopen().unwrap_err().to_string();
        assert!(error.contains("logs/log"), "{error}");
        sink.write(&records(number..number + 1)).unwrap();
    }
    assert_eq!(contents(&moved.join("log")), ["opened", "1", "2", "3"]);
    // The chain continues when the folder is there again.
    fs::create_dir(&logs).unwrap();
    sink.reopen().unwrap();
    sink.write(&records(4..5)).unwrap();
    drop(sink);
    assert_eq!(contents(&log), ["continued", "4", "closed"]);
    let report = verify(&[moved.join("log"), log]);
    assert!(report.is_intact(), "{report:?}");
}

#[test]
fn altered_first_line_of_a_running_log_is_found() {
    let folder = Folder::new();
    let log = folder.path("log");
    let mut sink = open(&log);
    sink.write(&records(1..3)).unwrap();
    // The length stays the same, so the sink does not notice it.
    let text = fs::read_to_string(&log).unwrap().replacen(r#""time":"2"#, r#""time":"3"#, 1);
    fs::write(&log, text).unwrap();
    sink.write(&records(3..4)).unwrap();
    drop(sink);
    assert_eq!(contents(&log), ["opened", "1", "2", "3", "closed"]);
    let problems: Vec<_> = verify(&[&log]).problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems, ["log:1: record 1 was altered or inserted"]);
}

#[test]
fn missing_or_damaged_chain_file_is_recorded() {
    for state in [None, Some("damaged")] {
        let folder = Folder::new();
        let log = folder.path("log");
        open(&log).write(&records(1..3)).unwrap();
        match state {
            Some(state) => fs::write(folder.path("log.chain"), state).unwrap(),
            None => fs::remove_file(folder.path("log.chain")).unwrap(),
        }
        drop(open(&log));
        let report = verify(&[&log]);
        assert!(report.is_intact(), "{report:?}");
        assert_eq!(report.notes.len(), 1, "{report:?}");
        assert!(report.notes[0].to_string().contains(".chain file"), "{report:?}");
    }
}

#[test]
fn foreign_logs_are_refused_and_not_changed() {
    let folder = Folder::new();
    let log = folder.path("log");
    let chain = folder.path("log.chain");
    drop(open(&log));
    let text = fs::read_to_string(&log).unwrap();
    let state = fs::read_to_string(&chain).unwrap();
    let newer = text.replace(r#""v":1"#, r#""v":2"#);
    let renamed = text.replace(key(1).id(), key(2).id());
    // The log, the chain file, the key, and the error.
    let cases = [
        (&*text, &*state, 2, "log.chain: the log was written with another audit key"),
        (&text, "", 2, "log: it was written with another audit key"),
        (&renamed, "", 2, "log: its last lines are not records under this audit key"),
        (&text, &state.replace(r#""v":1"#, r#""v":2"#), 1, "log.chain: the log was written by a newer version"),
        (&newer, "", 1, "log: its format has version 2: expected version 1"),
        ("root:x:0:0:root:/root:/bin/bash\n", "", 1, "log: its last lines are not records"),
        ("hello", "", 1, "log: its last lines are not records"),
    ];
    for (text, state, number, expected) in cases {
        fs::write(&log, text).unwrap();
        fs::write(&chain, state).unwrap();
        let error = JsonLines::open(&log, key(number)).unwrap_err().to_string();
        assert!(error.contains(expected), "{expected}: {error}");
        assert_eq!(
            (fs::read_to_string(&log).unwrap(), fs::read_to_string(&chain).unwrap()),
            (text.into(), state.into())
        );
    }
}

#[cfg(unix)]
#[test]
fn irregular_files_are_refused() {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    let folder = Folder::new();
    fs::write(folder.path("target"), "").unwrap();
    let irregular: [fn(&Path, &Path); 5] = [
        |path, target| symlink(target, path).unwrap(),
        |path, _| symlink("missing", path).unwrap(),
        |path, _| symlink("/dev/full", path).unwrap(),
        |path, _| fs::create_dir(path).unwrap(),
        |path, _| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
    ];
    for (number, create) in irregular.into_iter().enumerate() {
        for name in ["log", "log.chain"] {
            let log = folder.path(&format!("{number}-{name}"));
            create(&log, &folder.path("target"));
            let error = JsonLines::open(folder.path(&format!("{number}-log")), key(1)).unwrap_err().to_string();
            assert!(error.contains(&format!("{number}-{name}: expected a regular file")), "{error}");
            fs::remove_file(&log).or_else(|_| fs::remove_dir(&log)).unwrap();
            assert_eq!(folder.names(), ["target"]);
        }
    }
    assert_eq!(fs::read(folder.path("target")).unwrap(), b"");
    let missing = JsonLines::open(folder.path("none/log"), key(1)).unwrap_err();
    assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    assert!(missing.to_string().contains("none/log.chain: cannot create it"), "{missing}");
}

#[test]
fn record_that_is_too_long_is_counted_as_lost() {
    let folder = Folder::new();
    let log = folder.path("log");
    let mut sink = open(&log);
    let Record::Decision(mut long) = Record::clone(&decision()) else { unreachable!("a decision") };
    long.actors = vec!["x".repeat(MAX_LINE)];
    let batch = [records(1..2), vec![Arc::new(Record::Decision(long))], records(2..3)].concat();
    sink.write(&batch).unwrap();
    drop(sink);
    assert_eq!(contents(&log), ["opened", "1", "1", "2", "closed"]);
    assert!(fs::read_to_string(&log).unwrap().contains(r#""reason":"too_long""#));
    assert!(verify(&[&log]).is_intact());
}

/// The limit for the length of a file is a full disk. The test runs itself in a process of its own for it.
#[cfg(unix)]
#[test]
fn full_disk_writes_every_record_once() {
    const VARIABLE: &str = "MCP_GUARD_TEST_FULL_DISK";
    if let Some(folder) = std::env::var_os(VARIABLE) {
        return fill_disk(Path::new(&folder));
    }
    let folder = Folder::new();
    // The signal SIGXFSZ would end the process.
    let test = "record::file::json_lines::tests::full_disk_writes_every_record_once";
    let status = std::process::Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$0\" --exact \"$1\" --nocapture"])
        .arg(std::env::current_exe().unwrap())
        .arg(test)
        .env(VARIABLE, folder.path(""))
        .output()
        .unwrap();
    assert!(status.status.success(), "{status:?}");
    let [log, old] = ["log", "log.1"].map(|name| folder.path(name));
    let report = verify(&[&old, &log]);
    assert!(report.is_intact() && report.notes.is_empty(), "{report:?}");
    let numbers = [contents(&old), contents(&log)].concat().into_iter().filter_map(|content| content.parse().ok());
    assert_eq!(numbers.collect::<Vec<u64>>(), (0..50).collect::<Vec<_>>());
}

#[cfg(unix)]
fn fill_disk(folder: &Path) {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let limit = |bytes| setrlimit(Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
    let log = folder.join("log");
    let mut sink = open(&log);
    let batch = |number: u64| records(number * 10..(number + 1) * 10);
    sink.write(&batch(0)).unwrap();
    let complete = fs::read(&log).unwrap();
    // A part of a record, a complete one, and several.
    for room in [1, 100, 400, 1000] {
        limit(Some(complete.len() as u64 + room));
        for _ in 0..2 {
            let error = sink.write(&batch(1)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::FileTooLarge, "{error}");
            assert!(error.to_string().contains("log: cannot write records"), "{error}");
            assert_eq!(fs::read(&log).unwrap(), complete);
        }
    }
    limit(None);
    sink.write(&batch(1)).unwrap();
    sink.write(&batch(2)).unwrap();
    sink.sync().unwrap();
    // Without room, a log that was moved is released by the next write.
    limit(Some(fs::metadata(&log).unwrap().len()));
    fs::rename(&log, folder.join("log.1")).unwrap();
    for number in 3..5 {
        sink.write(&batch(number)).unwrap();
    }
}
