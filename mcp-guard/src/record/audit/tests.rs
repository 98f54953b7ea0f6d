use std::fs::{self, OpenOptions};
use std::io::{BufReader, Read, repeat};

use super::*;
use crate::record::testing::{Folder, key, records, verify};
use crate::record::{DecisionSink as _, JsonLines};

/// Two files: with a rotation, a clean restart, and a crash that left a part of a record. The second is closed.
fn log() -> [String; 2] {
    let folder = Folder::new();
    let [log, old] = ["log", "log.1"].map(|name| folder.path(name));
    let open = || JsonLines::open(&log, key(1)).unwrap();
    let mut sink = open();
    sink.write(&records(1..3)).unwrap();
    fs::rename(&log, &old).unwrap();
    sink.reopen().unwrap();
    sink.write(&records(3..6)).unwrap();
    drop(sink);
    let length = fs::metadata(&log).unwrap().len();
    drop(open());
    // As if the process had crashed while it wrote the start record.
    OpenOptions::new().write(true).open(&log).unwrap().set_len(length + 20).unwrap();
    fs::write(folder.path("log.chain"), "").unwrap();
    open().write(&records(6..8)).unwrap();
    [old, log].map(|path| fs::read_to_string(path).unwrap())
}

fn verify_texts<T: AsRef<[u8]>>(files: &[T], expected: &[&str]) -> Report {
    let key = key(1);
    let mut verifier = Verifier::new(&key);
    expected.iter().for_each(|hash| verifier.expect(hash).unwrap());
    for (number, file) in files.iter().enumerate() {
        verifier.read(number.to_string(), file.as_ref()).unwrap();
    }
    verifier.finish()
}

fn findings(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

/// Returns one log in one file: the first one, and `closed`.
fn small_log() -> (Vec<String>, Report) {
    let folder = Folder::new();
    JsonLines::open(folder.path("log"), key(1)).unwrap().write(&records(1..7)).unwrap();
    let text = fs::read_to_string(folder.path("log")).unwrap();
    (text.split_inclusive('\n').map(str::to_owned).collect(), verify(&[folder.path("log")]))
}

#[test]
fn unchanged_log_is_intact() {
    let files = log();
    let report = verify_texts(&files, &[]);
    assert!(report.is_intact(), "{report:?}");
    // `opened`, 1, 2 | `continued`, 3, 4, 5, `closed`, incomplete, `recovered`, 6, 7, `closed`.
    let kinds: Vec<_> = report.notes.iter().map(|note| (note.line, note.kind)).collect();
    assert_eq!(kinds, [(7, FindingKind::Crash { torn_bytes: 20 }), (7, FindingKind::Unanchored)]);
    assert_eq!((report.records, report.after, report.end), (12, Some(0), End::Closed));
    let last = report.last.clone().unwrap();
    assert_eq!(last.seq, 12);
    assert!(files[1].ends_with(&format!("{}\"}}\n", last.hash)));
    assert!(report.from.unwrap() < report.until.unwrap());
    assert!(verify_texts(&files, &[&last.hash]).is_intact());
    // The second file alone.
    let report = verify_texts(&files[1..], &[]);
    assert!(report.is_intact(), "{report:?}");
    assert_eq!((report.records, report.after), (9, Some(3)));
}

#[test]
fn each_manipulation_is_found() {
    let (lines, _) = small_log();
    assert_eq!(lines.len(), 8);
    let order = |numbers: &[usize]| numbers.iter().map(|number| lines[*number].clone()).collect::<String>();
    let replaced = |line: usize, from: &str, to: &str| {
        let mut lines = lines.clone();
        assert!(lines[line].contains(from));
        lines[line] = lines[line].replace(from, to);
        lines.concat()
    };
    let broken = format!("0:4: the line is not a record ({} bytes)", lines[3].len() - 1);
    let all = [0, 1, 2, 3, 4, 5, 6, 7];
    let cases = [
        (order(&[0, 1, 2, 4, 5, 6, 7]), vec!["0:4: record 4 is missing before this line"]),
        (order(&[0, 1, 5, 6, 7]), vec!["0:3: records 3 to 5 are missing before this line"]),
        (order(&[1, 2, 3, 4, 5, 6, 7]), vec!["0:1: the file does not start here: lines before were removed"]),
        (replaced(3, r#""count":3"#, r#""count":9"#), vec!["0:4: record 4 was altered or inserted"]),
        (replaced(3, "lost", "LOST"), vec!["0:4: record 4 was altered or inserted"]),
        (replaced(0, "opened", "closed"), vec!["0:1: the file does not start here: lines before were removed"]),
        (replaced(0, r#""time":"2"#, r#""time":"3"#), vec!["0:1: record 1 was altered or inserted"]),
        (
            order(&[0, 1, 2, 3, 3, 4, 5, 6, 7]),
            vec!["0:5: record 4 is out of order after record 4: moved, repeated or inserted"],
        ),
        (
            order(&[0, 1, 2, 4, 3, 5, 6, 7]),
            vec![
                "0:4: record 4 is missing before this line",
                "0:5: record 4 is out of order after record 5: moved, repeated or inserted",
            ],
        ),
        (
            order(&[0, 1, 2, 5, 6, 7, 3, 4]),
            vec![
                "0:4: records 4 to 5 are missing before this line",
                "0:7: record 4 is out of order after record 8: moved, repeated or inserted",
            ],
        ),
        (order(&all[..3]) + "hello\n" + &order(&all[3..]), vec!["0:4: the line is not a record (6 bytes)"]),
        (order(&all[..3]) + "{}\n\n" + &order(&all[3..]), vec!["0:4: 2 lines are not records (4 bytes)"]),
        (
            replaced(3, r#"{"v":1"#, r#"{"v":2"#),
            vec![
                "0:4: the record has version 2 and cannot be verified: use a newer mcp-guard",
                "0:5: record 4 is missing before this line",
            ],
        ),
        (
            replaced(3, r#""count":3"#, r#""count":"#),
            vec![broken.as_str(), "0:5: record 4 is missing before this line"],
        ),
    ];
    for (text, expected) in cases {
        let report = verify_texts(&[&text], &[]);
        assert_eq!(findings(&report.problems), expected, "{text}");
        assert!(!report.is_intact());
    }
}

#[test]
fn changed_byte_or_removed_line_is_found() {
    let files = log();
    let text = files.concat();
    let original = verify_texts(&files, &[]);
    let last = original.last.clone().unwrap().hash;
    let split = files[0].len();
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= [1, 0x20, 0x80][at % 3];
        let report = verify_texts(&[&bytes[..split], &bytes[split..]], &[&last]);
        assert!(!report.is_intact() || report.end == End::Torn, "{at}: {report:?}");
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for removed in 0..lines.len() {
        let kept = |range: std::ops::Range<usize>| -> String {
            range.filter(|line| *line != removed).map(|line| lines[line]).collect()
        };
        let files = [kept(0..3), kept(3..lines.len())];
        assert!(!verify_texts(&files, &[&last]).is_intact(), "{removed}");
        // Without the hash, only the end of the log can be removed.
        let report = verify_texts(&files, &[]);
        assert_eq!(report.is_intact(), removed == lines.len() - 1, "{removed} {report:?}");
        assert!(removed != lines.len() - 1 || report.end == End::Open, "{removed}");
    }
}

#[test]
fn cut_end_is_found_by_a_hash() {
    let (lines, report) = small_log();
    let last = report.last.unwrap().hash;
    for kept in 0..lines.len() {
        let text = lines[..kept].concat();
        let report = verify_texts(&[&text], &[]);
        assert_eq!((report.is_intact(), report.end), (true, if kept == 0 { End::Empty } else { End::Open }));
        let report = verify_texts(&[&text], &[&last]);
        assert!(!report.is_intact());
        assert_eq!(report.hashes_not_found, [&*last]);
    }
    // A hash that was noted earlier.
    let earlier = verify_texts(&[lines[..4].concat()], &[]).last.unwrap();
    assert_eq!(earlier.seq, 4);
    assert!(verify_texts(&[lines.concat()], &[&earlier.hash, &last]).is_intact());
    for invalid in ["", "abc", &"x".repeat(42), &"=".repeat(43), &("x".repeat(42) + "/")] {
        assert!(Verifier::new(&key(1)).expect(invalid).is_err(), "{invalid}");
    }
}

#[test]
fn chain_file_names_the_last_durable_record() {
    let folder = Folder::new();
    let [log, chain] = ["log", "log.chain"].map(|name| folder.path(name));
    let mut sink = JsonLines::open(&log, key(1)).unwrap();
    sink.write(&records(1..3)).unwrap();
    sink.sync().unwrap();
    let last = last_durable(&chain, &key(1)).unwrap().unwrap();
    assert_eq!(Some(&last), verify(&[&log]).last.as_ref());
    for (text, key, expected) in
        [("x", 1, "was altered"), ("", 1, ""), (&fs::read_to_string(&chain).unwrap(), 2, "key")]
    {
        fs::write(&chain, text).unwrap();
        match last_durable(&chain, &crate::record::testing::key(key)) {
            Ok(last) => assert!(last.is_none() && text.is_empty()),
            Err(error) => assert!(error.to_string().contains(expected) && !text.is_empty(), "{error}"),
        }
    }
}

#[test]
fn files_in_wrong_order_are_found() {
    let [old, new] = log();
    let report = verify_texts(&[&new, &old], &[]);
    let expected = "1:1: record 1 is out of order after record 12: moved, repeated or inserted";
    assert_eq!(findings(&report.problems), [expected]);
    // A file that is missing between two others.
    let lines: Vec<&str> = old.split_inclusive('\n').collect();
    let report = verify_texts(&[&lines[..2].concat(), &new], &[]);
    assert_eq!(findings(&report.problems), ["1:1: record 3 is missing before this line"]);
}

#[test]
fn other_key_is_reported_once() {
    let [old, _] = log();
    let key = key(2);
    let mut verifier = Verifier::new(&key);
    verifier.read("log", old.as_bytes()).unwrap();
    let report = verifier.finish();
    assert_eq!(findings(&report.problems), ["log:1: the file was written with another audit key"]);
    assert_eq!((report.records, report.end), (0, End::Open));
}

#[test]
fn crash_before_rotation_is_a_note() {
    let folder = Folder::new();
    let [log, old, chain] = ["log", "log.1", "log.chain"].map(|name| folder.path(name));
    let mut sink = JsonLines::open(&log, key(1)).unwrap();
    sink.write(&records(1..3)).unwrap();
    sink.sync().unwrap();
    let state = fs::read(&chain).unwrap();
    sink.write(&records(3..6)).unwrap();
    drop(sink);
    // Neither `closed` nor the whole last record.
    let text = fs::read_to_string(&log).unwrap();
    fs::write(&old, &text[..text.rfind("{\"v\":1,\"seq\":7").unwrap() - 20]).unwrap();
    fs::remove_file(&log).unwrap();
    fs::write(&chain, state).unwrap();
    JsonLines::open(&log, key(1)).unwrap().write(&records(6..9)).unwrap();
    let report = verify(&[&old, &log]);
    assert!(report.is_intact(), "{report:?}");
    let kinds: Vec<_> = report.notes.iter().map(|note| note.kind).collect();
    assert!(matches!(kinds[..], [FindingKind::TornEnd { .. }, FindingKind::CrashBeforeRotation { first: 4, last: 5 }]));
    assert_eq!((report.last.unwrap().seq, report.end), (8, End::Closed));
}

#[test]
fn long_lines_take_constant_memory() {
    let (lines, _) = small_log();
    const LONG: u64 = 50 << 20;
    let key = key(1);
    let verify = || {
        let start = lines[..3].concat();
        let end = "\n".to_owned() + &lines[3..].concat();
        let reader = BufReader::new(start.as_bytes().chain(repeat(b'x').take(LONG)).chain(end.as_bytes()));
        let mut verifier = Verifier::new(&key);
        verifier.read("log", reader).unwrap();
        verifier.finish()
    };
    let mut report = None;
    let memory = allocation_counter::measure(|| report = Some(verify()));
    assert_eq!(findings(&report.unwrap().problems), ["log:4: the line is not a record (52428801 bytes)"]);
    assert!(memory.bytes_max < 8 << 20, "{memory:?}");
}

#[test]
fn number_of_findings_is_bounded() {
    let (lines, _) = small_log();
    let text = lines[0].clone() + &lines[1] + &(lines[2].clone() + "x\n").repeat(2_000);
    let report = verify_texts(&[&text], &[]);
    assert_eq!(report.problems.len(), 1_000);
    assert!(report.omitted > 1_000, "{}", report.omitted);
}

#[test]
fn report_as_json_names_kind_and_place() {
    let (lines, _) = small_log();
    let report = verify_texts(&[lines[..2].concat() + &lines[4..].concat()], &[]);
    let json = serde_json::to_value(&report).unwrap();
    let expected = serde_json::json!([{"file": "0", "line": 3, "kind": "missing", "first": 3, "last": 4}]);
    assert_eq!((&json["problems"], &json["end"]), (&expected, &"closed".into()));
}
