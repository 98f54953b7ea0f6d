//! Exit statuses and errors.

use serde_json::json;

use crate::support::{file, matrix, run};

#[test]
fn invalid_usage_and_unreadable_input_have_status_2() {
    let valid = file("usage-matrix.json", matrix().to_string());
    let mut newer = matrix();
    newer["version"] = json!(2);
    newer["more"] = json!([]);
    let newer = file("usage-newer.json", newer.to_string());
    let broken = file("usage-broken.json", "{\"version\":1,\u{1b}");
    let folder = env!("CARGO_TARGET_TMPDIR");
    for (arguments, named) in [
        (&[][..], "Usage"),
        (&["rehears"], "rehearse"),
        (&["matrix", "diff", &valid], "<NEW>"),
        (&["rehearse", "--matrix", &valid], "<LOGS>"),
        (&["rehearse", &valid], "--matrix"),
        (&["matrix", "diff", &valid, "/nonexistent.json"], "cannot read \"/nonexistent.json\""),
        (&["matrix", "diff", &valid, &newer], "unsupported version 2: expected 1"),
        (&["matrix", "diff", &broken, &valid], "invalid matrix"),
        (&["rehearse", "--matrix", &newer, &valid], "unsupported version 2: expected 1"),
        (&["rehearse", "--matrix", &valid, "/nonexistent.jsonl"], "cannot read \"/nonexistent.jsonl\""),
        (&["rehearse", "--matrix", &valid, folder], "expected a file"),
        (&["matrix", "diff", folder, &valid], "cannot read"),
    ] {
        let run = run(arguments);
        assert_eq!(run.status, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stdout.is_empty() && run.stderr.contains(named), "{arguments:?}: {}", run.stderr);
        assert!(!run.stderr.contains('\u{1b}'), "{}", run.stderr);
    }
}

#[test]
fn help_describes_commands_and_exit_statuses() {
    let help = run(["--help"]);
    assert_eq!(help.status, 0);
    for word in ["matrix", "rehearse", "--json", "Exit status"] {
        assert!(help.stdout.contains(word), "{word}: {}", help.stdout);
    }
}
