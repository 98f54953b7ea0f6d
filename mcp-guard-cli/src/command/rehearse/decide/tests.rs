use super::*;
use crate::command::rehearse::record::Parsed;

const MATRIX: &str = r#"{
    "version": 1,
    "baseline": ["base"],
    "hierarchy": {"admin": ["base", "read", "write"]},
    "operations": [
        {"kind":"tool","name":"read","requirement":{"all":["read"]},"depends_on_arguments":false,"report_only":false},
        {"kind":"tool","name":"report","requirement":{"all":["read"]},"depends_on_arguments":false,"report_only":true},
        {"kind":"tool","name":"share","requirement":{"all":["write"]},"depends_on_arguments":true,"report_only":false},
        {"kind":"tool","name":"open","requirement":"public","depends_on_arguments":false,"report_only":false},
        {"kind":"prompt","name":"plan","requirement":{"any":["read","write"]},"depends_on_arguments":false,"report_only":false}
    ]
}"#;

/// Decides the call that these members describe.
fn decide(members: &str) -> String {
    let matrix: ScopeMatrix = serde_json::from_str(MATRIX).unwrap();
    let line = format!("{{{members}}}");
    let Ok(Parsed::Call(call)) = Parsed::of(line.as_bytes()) else { panic!("{line}") };
    format!("{:?}", Rehearsal::new(&matrix).decide(&call))
}

#[test]
fn calls_are_decided_again() {
    let cut = format!("{}...{}", "t".repeat(231), "d".repeat(22));
    let outcomes = [
        r#""outcome":"allowed""#,
        r#""outcome":"would_be_refused","rule":"scope""#,
        r#""outcome":"refused","rule":"scope""#,
    ];
    let refused = |reason: &str| format!("WouldBeRefused {{ reason: {reason}, is_report_only: false }}");
    let missing = |scopes: &str| refused(&format!("Scope({{{scopes}}})"));
    // Kind and name, granted scopes, late scopes, and the result for a call that was allowed and one that was refused.
    for (kind, name, granted, late, allowed, was_refused) in [
        ("tool", "read", "base read", "", "StillAllowed".to_owned(), "WouldPass"),
        ("tool", "read", "admin", "", "StillAllowed".to_owned(), "WouldPass"),
        ("tool", "read", "base", "", missing("\"read\""), "StillRefused"),
        ("tool", "read", "read", "", missing("\"base\""), "StillRefused"),
        ("tool", "read", "", "", missing("\"base\", \"read\""), "StillRefused"),
        ("prompt", "plan", "base write", "", "StillAllowed".to_owned(), "WouldPass"),
        ("prompt", "read", "admin", "", refused("Operation"), "StillRefused"),
        ("tool", "gone", "admin", "", refused("Operation"), "StillRefused"),
        ("tool", &cut, "admin", "", "Undecidable(Name)".to_owned(), "Undecidable(Name)"),
        ("tool", "share", "admin", "", "Undecidable(Arguments)".to_owned(), "Undecidable(Arguments)"),
        ("tool", "share", "base", "", missing("\"write\""), "StillRefused"),
        ("tool", "read", "admin", "x", "Undecidable(LateScopes)".to_owned(), "Undecidable(LateScopes)"),
        ("tool", "read", "base", "x", missing("\"read\""), "StillRefused"),
        ("tool", "open", "", "", "StillAllowed".to_owned(), "WouldPass"),
        ("method", "tools/list", "", "", "StillAllowed".to_owned(), "WouldPass"),
        ("method", "tasks/get", "", "", missing("\"base\""), "StillRefused"),
        ("method", "completion/complete", "base", "", "Undecidable(Arguments)".to_owned(), "Undecidable(Arguments)"),
        ("session", "listen", "", "", "StillAllowed".to_owned(), "WouldPass"),
        ("route", "GET /todos", "admin", "", "Undecidable(Route)".to_owned(), "Undecidable(Route)"),
        ("method", "own/method", "admin", "", refused("Operation"), "StillRefused"),
    ] {
        let list = |scopes: &str| serde_json::to_string(&scopes.parse::<ScopeSet>().unwrap()).unwrap();
        for (outcome, expected) in outcomes.into_iter().zip([&allowed, &allowed, was_refused]) {
            let members = format!(
                r#"{outcome},"kind":"{kind}","operation":"{name}","granted":{},"late":{},"issuer":"i""#,
                list(granted),
                list(late)
            );
            assert_eq!(&decide(&members), expected, "{members}");
        }
    }
}

#[test]
fn callers_without_token_need_public_operations() {
    for (name, expected) in [
        ("open", "StillAllowed"),
        ("read", "WouldBeRefused { reason: Token({\"base\", \"read\"}), is_report_only: false }"),
    ] {
        let members = format!(r#""outcome":"allowed","kind":"tool","operation":"{name}","granted":[]"#);
        assert_eq!(decide(&members), expected);
    }
}

#[test]
fn report_only_operations_are_marked() {
    let members = r#""outcome":"allowed","kind":"tool","operation":"report","granted":["base"],"issuer":"i""#;
    assert_eq!(decide(members), "WouldBeRefused { reason: Scope({\"read\"}), is_report_only: true }");
}

#[test]
fn other_refusals_are_not_decided_again() {
    for (members, expected) in [
        (
            r#""outcome":"refused","rule":"body_limit","kind":"tool","operation":"read","granted":["admin"],"issuer":"i""#,
            "OtherRule",
        ),
        (
            r#""outcome":"refused","rule":"tool_unknown","kind":"tool","operation":"read","granted":["admin"],"issuer":"i""#,
            "OtherRule",
        ),
        (r#""outcome":"refused","granted":[]"#, "OtherRule"),
        (r#""outcome":"refused","rule":"scope","granted":[],"issuer":"i""#, "NoOperation"),
        (r#""outcome":"allowed","granted":["admin"],"issuer":"i""#, "NoOperation"),
        (r#""outcome":"allowed","kind":"tool","granted":["admin"],"issuer":"i""#, "NoOperation"),
    ] {
        assert_eq!(decide(members), expected, "{members}");
    }
}
