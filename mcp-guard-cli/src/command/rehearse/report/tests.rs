use std::path::Path;

use super::*;
use crate::command::rehearse::record::Parsed;

fn with_call(client: &str, again: Again) -> RehearsalReport {
    let call = serde_json::json!({
        "outcome": "allowed", "kind": "tool", "operation": "add\u{1b}[31m", "granted": [], "client": client,
    });
    let line = call.to_string();
    let mut report = RehearsalReport::default();
    let Ok(Parsed::Call(call)) = Parsed::of(line.as_bytes()) else { panic!("{line}") };
    report.count(&call, again);
    report
}

fn text(report: &RehearsalReport) -> String {
    let mut out = Vec::new();
    report.write_text(&mut out).unwrap();
    anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
}

#[test]
fn status_depends_on_findings_and_incomplete_input() {
    let refused = || Again::WouldBeRefused { reason: Reason::Operation, is_report_only: false };
    for (again, readable, unreadable) in [
        (Again::StillAllowed, Status::Nothing, Status::Incomplete),
        (Again::StillRefused, Status::Nothing, Status::Incomplete),
        (Again::OtherRule, Status::Nothing, Status::Incomplete),
        (Again::Undecidable(Unknown::Arguments), Status::Incomplete, Status::Incomplete),
        (Again::WouldPass, Status::Found, Status::Found),
        (refused(), Status::Found, Status::Found),
    ] {
        let mut report = with_call("c", again);
        assert_eq!(report.status(), readable);
        report.count_unreadable(Place { path: Path::new("log"), number: 7 }, Unreadable::TooLong);
        assert_eq!(report.status(), unreadable);
        assert!(text(&report).contains("1 lines, too long\n  log:7: too long\n"), "{}", text(&report));
    }
    assert_eq!(RehearsalReport::default().status(), Status::Incomplete);
}

#[test]
fn groups_are_listed_with_escaped_names() {
    let missing = "todo:write".parse().unwrap();
    let report =
        with_call("evil\u{202e}\n", Again::WouldBeRefused { reason: Reason::Scope(missing), is_report_only: true });
    let expected = "would be refused: 1
         1  evil\\u{202e}\\n  tool add\\u{1b}[31m: lacks todo:write (report-only)
";
    assert!(text(&report).contains(expected), "{}", text(&report));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(
        json["would_be_refused"],
        serde_json::json!({"calls": 1, "other": 0, "groups": [{
            "client": "evil\u{202e}\n", "kind": "tool", "operation": "add\u{1b}[31m",
            "reason": "scope", "missing": ["todo:write"], "report_only": true, "calls": 1,
        }]})
    );
}

#[test]
fn names_and_examples_are_bounded() {
    let mut report = with_call(&"ä".repeat(1000), Again::WouldPass);
    assert!(report.would_pass.sorted().iter().all(|(group, _)| group.client.as_ref().unwrap().len() == MAX_NAME));
    for number in 0..1000 {
        report.count_unreadable(Place { path: Path::new("log"), number }, Unreadable::Broken);
    }
    assert_eq!(report.unreadable_lines.len(), MAX_EXAMPLES);
    assert_eq!(report.unreadable[&Unreadable::Broken], 1000);
}
