//! Ten changes of a matrix, and a log that was recorded before them.

use std::collections::BTreeMap;

use mcp_guard::ScopeSet;
use mcp_guard::layer::ScopeMatrix;
use mcp_guard::policy::Decision;
use serde_json::{Value, json};

use crate::support::{file, matrix, operation, run};

/// The callers of the log: client and scopes. One has no token.
const CALLERS: [(Option<&str>, &str); 6] = [
    (None, ""),
    (Some("reader"), "base read"),
    (Some("writer"), "base write"),
    (Some("admin"), "admin"),
    (Some("auditor"), "base audit"),
    (Some("unscoped"), "other"),
];

fn parsed(matrix: &Value) -> ScopeMatrix {
    serde_json::from_value(matrix.clone()).expect("the matrix is valid")
}

/// Returns whether the matrix allows the call.
fn allows(matrix: &Value, (kind, name): (&str, &str), (client, granted): (Option<&str>, &str)) -> bool {
    let matrix = parsed(matrix);
    let entry = matrix.entries().iter().find(|entry| {
        let operation = entry.operation();
        (operation.kind(), operation.name()) == (kind, name)
    });
    let granted: ScopeSet = granted.parse().expect("the scopes are valid");
    entry.is_some_and(|entry| matrix.policy().decide(entry.requirement(), client.map(|_| &granted)) == Decision::Allow)
}

fn operations(matrix: &Value) -> Vec<(&str, &str)> {
    let all = matrix["operations"].as_array().expect("a list");
    all.iter().filter_map(|one| Some((one["kind"].as_str()?, one["name"].as_str()?))).collect()
}

/// Returns the log of all callers, who call each operation once for each letter of its name.
fn log(matrix: &Value) -> String {
    let mut log = format!("{}\n", json!({"v": 1, "seq": 0, "event": "opened", "mac": "m"}));
    for (client, granted) in CALLERS {
        for (kind, name) in operations(matrix) {
            let is_allowed = allows(matrix, (kind, name), (client, granted));
            if !is_allowed && client.is_none() {
                // Only counted.
                continue;
            }
            let scopes: ScopeSet = granted.parse().expect("the scopes are valid");
            let mut record = json!({
                "v": 1, "seq": 1, "time": "2026-11-27T22:53:08.123456Z", "request_id": "r", "kind": kind, "operation": name,
                "required": [], "granted": scopes, "missing": [], "outcome": if is_allowed { "allowed" } else { "refused" },
                "duration_us": 12, "mac": "m",
            });
            if let Some(client) = client {
                record["issuer"] = json!("https://auth.example.com");
                record["client"] = json!(client);
            }
            if !is_allowed {
                record["rule"] = json!("scope");
            }
            log.push_str(&format!("{record}\n").repeat(name.len()));
        }
    }
    log
}

type Calls = BTreeMap<(String, String, String), u64>;

/// Returns the calls that a matrix decides differently: those that would be refused, and those that would pass.
fn expected(old: &Value, new: &Value) -> [Calls; 2] {
    let mut found = [Calls::new(), Calls::new()];
    for (client, granted) in CALLERS {
        for (kind, name) in operations(old) {
            let [was, is] = [old, new].map(|matrix| allows(matrix, (kind, name), (client, granted)));
            let at = match (was, is) {
                (true, false) => 0,
                (false, true) if client.is_some() => 1,
                _ => continue,
            };
            let key = (client.unwrap_or("-").to_owned(), kind.to_owned(), name.to_owned());
            found[at].insert(key, name.len() as u64);
        }
    }
    found
}

/// Returns the listed calls of a report.
fn listed(report: &Value) -> [Calls; 2] {
    ["would_be_refused", "would_pass"].map(|part| {
        let groups = report[part]["groups"].as_array().expect("a list").iter();
        let text = |group: &Value, member: &str| group[member].as_str().unwrap_or("-").to_owned();
        groups
            .map(|group| {
                let key = (text(group, "client"), text(group, "kind"), text(group, "operation"));
                (key, group["calls"].as_u64().expect("a number"))
            })
            .collect()
    })
}

#[test]
fn ten_planted_changes_are_found_by_diff_and_rehearsal() {
    let old = matrix();
    let at = |name: &str| operations(&matrix()).iter().position(|(_, one)| *one == name).expect("it exists");
    let set = |name: &str, requirement: Value| {
        let mut new = matrix();
        new["operations"][at(name)]["requirement"] = requirement;
        new
    };
    let with = |member: &str, value: Value| {
        let mut new = matrix();
        new[member] = value;
        new
    };
    let mut removed = matrix();
    removed["operations"].as_array_mut().expect("a list").remove(at("plan"));
    let mut renamed = matrix();
    renamed["operations"][at("todo://{id}")] = operation("template", "todo:///{id}", json!({"all": ["read"]}));
    let changes = [
        ("stronger", set("list", json!({"all": ["write"]}))),
        ("weaker", set("delete", json!({"all": ["write"]}))),
        ("alternative removed", set("audit", json!({"any": ["audit"]}))),
        ("scope required", set("who", json!({"all": ["audit"]}))),
        ("token required", set("open", json!("authenticated"))),
        ("operation removed", removed),
        ("operation renamed", renamed),
        ("baseline extended", with("baseline", json!(["base", "read"]))),
        ("baseline reduced", with("baseline", json!([]))),
        ("hierarchy changed", with("hierarchy", json!({"admin": ["base", "read"], "audit": ["read"]}))),
    ];
    let old_file = file("planted-old.json", old.to_string());
    let log_file = file("planted.jsonl", log(&old));
    let unchanged = run(["rehearse", "--json", "--matrix", &old_file, &log_file]);
    assert_eq!((unchanged.status, listed(&unchanged.json())), (0, [Calls::new(), Calls::new()]));
    for (at, (change, new)) in changes.iter().enumerate() {
        let new_file = file(&format!("planted-{at}.json"), new.to_string());
        let diff = run(["matrix", "diff", "--json", &old_file, &new_file]);
        assert_eq!(diff.status, 1, "{change}: {}{}", diff.stdout, diff.stderr);

        let expected = expected(&old, new);
        assert!(expected.iter().any(|calls| !calls.is_empty()), "{change}");
        let rehearsed = run(["rehearse", "--json", "--matrix", &new_file, &log_file]);
        assert_eq!(rehearsed.status, 1, "{change}: {}", rehearsed.stderr);
        assert_eq!(listed(&rehearsed.json()), expected, "{change}");
    }
}
