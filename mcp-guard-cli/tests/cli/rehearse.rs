//! `mcp-guard rehearse`

use serde_json::json;

use crate::support::{file, matrix, run, run_with_input};

const CALL: &str = r#"{"v":1,"seq":1,"kind":"tool","operation":"list","granted":["base","read"],"outcome":"allowed","issuer":"i","client":"c"}"#;

#[test]
fn bad_lines_are_reported_and_skipped() {
    let matrix = file("bad-matrix.json", matrix().to_string());
    let long = "x".repeat(50 * 1024 * 1024);
    let lines = [
        CALL.to_owned(),
        "{\"v\":1,\"kind\":".to_owned(),
        long,
        CALL.replace("\"v\":1", "\"v\":2"),
        r#"{"v":1,"event":"refusals","time":"..","rule":"token_missing","network":"other","count":17,"seconds":60}"#
            .to_owned(),
        r#"{"v":1,"event":"lost","time":"..","count":3,"reason":"queue_full"}"#.to_owned(),
        String::new(),
        CALL.to_owned(),
        CALL[..40].to_owned(),
    ];
    let log = file("bad.jsonl", lines.join("\n"));
    let run = run(["rehearse", "--json", "--matrix", &matrix, &log]);
    assert_eq!(run.status, 2, "{}", run.stderr);
    let report = run.json();
    let numbers = ["calls", "still_allowed", "events", "lost_records"].map(|member| report[member].as_u64());
    assert_eq!(numbers, [2, 2, 2, 3].map(Some), "{report}");
    assert_eq!(report["unreadable"], json!({"broken": 1, "version": 1, "too_long": 1, "cut": 1}));
    let places = [(2, "broken"), (3, "too_long"), (4, "version"), (9, "cut")];
    let places = places.map(|(line, reason)| json!({"file": log, "line": line, "reason": reason}));
    assert_eq!(report["unreadable_lines"], json!(places));
}

#[test]
fn input_without_decisions_is_incomplete() {
    let matrix = file("empty-matrix.json", matrix().to_string());
    for content in ["", "\n", "{\"v\":1,\"event\":\"opened\"}\n"] {
        let run = run_with_input(&["rehearse", "--matrix", &matrix, "-"], content.as_bytes());
        assert_eq!(run.status, 2, "{content:?}: {}", run.stderr);
        assert!(run.stdout.contains("The input contains no decision."), "{}", run.stdout);
    }
}

#[test]
fn complete_last_line_needs_no_line_break() {
    let matrix = file("last-matrix.json", matrix().to_string());
    let run = run_with_input(&["rehearse", "--matrix", &matrix, "-"], CALL.as_bytes());
    assert_eq!(run.status, 0, "{}", run.stdout);
}

#[test]
fn hostile_log_is_escaped() {
    let matrix = file("hostile-matrix.json", matrix().to_string());
    let text = format!("\u{1b}]0;x\u{7}\u{202e}\r\n{}", "y".repeat(64 * 1024));
    let line = json!({"kind": "tool", "operation": text, "granted": ["admin"], "outcome": "allowed", "issuer": "i", "client": text, "subject": text});
    for json in [false, true] {
        let arguments = ["rehearse", "--matrix", &matrix, "-", "--json"];
        let run = run_with_input(&arguments[..if json { 5 } else { 4 }], format!("{line}\n").as_bytes());
        assert_eq!(run.status, 1, "{}", run.stderr);
        assert!(
            run.stdout.chars().all(|character| character == '\n'
                || character.escape_debug().len() == 1
                || "\"'\\".contains(character)),
            "{}",
            run.stdout
        );
        assert!(run.stdout.len() < 2000, "{}", run.stdout.len());
    }
}

#[test]
fn several_logs_are_one_input() {
    let matrix = file("several-matrix.json", matrix().to_string());
    let log = file("several.jsonl", format!("{CALL}\n"));
    let refused = CALL.replace("list", "share");
    let run = run_with_input(&["rehearse", "--matrix", &matrix, &log, "-", &log], format!("{refused}\n").as_bytes());
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert_eq!(
        run.stdout,
        "\
calls: 3
would be refused: 1
         1  c  tool share: lacks write
would pass: 0
undecidable: 0
unchanged: 2 allowed, 0 refused
"
    );
}

#[test]
fn groups_are_bounded() {
    let matrix = file("names-matrix.json", matrix().to_string());
    let mut log = String::new();
    for at in 0..20_000 {
        log.push_str(&CALL.replace("\"list\"", &format!("\"tool-{at}\"")));
        log.push('\n');
    }
    let run = run_with_input(&["rehearse", "--json", "--matrix", &matrix, "-"], log.as_bytes());
    let found = &run.json()["would_be_refused"];
    assert_eq!(found["calls"], 20_000);
    assert_eq!(found["groups"].as_array().map(Vec::len), Some(10_000));
    assert_eq!(found["other"], 10_000);
}
